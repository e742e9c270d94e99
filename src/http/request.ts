import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestInfo } from '../graphql/context.ts';
import { isOurs, sentCookie } from './cookie.ts';

/** What is known of a request before anybody looks into it. */
export const requestInfo = (request: IncomingMessage, options: RequestOptions): RequestInfo => ({
  requestId: randomUUID(),
  client: {
    address: clientAddress(request, options.trustedProxies),
    userAgent: request.headers['user-agent'] ?? null,
  },
  authorization: request.headersDistinct['authorization'] ?? [],
  cookie: {
    sent: sentCookie(request.headers.cookie),
    isOurs: isOurs(request.headers, options.tls !== null || options.trustedProxies > 0, options.corsOrigins),
  },
});

/** The nearest address that no trusted proxy has written: anything before it in X-Forwarded-For is the client's own word. */
function clientAddress({ headers, socket }: IncomingMessage, trustedProxies: number) {
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const hops = [...forwarded.map((hop) => hop.trim().replace(WITH_PORT, '$1$2')), socket.remoteAddress];
  return hops.at(-1 - trustedProxies) || socket.remoteAddress || null;
}

/** As some proxies write it, `[2001:db8::1]:4711` or `192.0.2.7:4711`: each connection would be an address of its own. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/;

export interface RequestOptions {
  trustedProxies: number;
  corsOrigins: readonly string[];
  tls: object | null;
}
