import type { IncomingMessage } from 'node:http';
import type { RequestFacts } from '../context.ts';
import type { Recorder } from '../telemetry/record.ts';
import { isOurs, sentCookie } from './cookie.ts';

/** What is known of a request before anybody looks into it. */
export function requestFacts(
  request: IncomingMessage,
  options: RequestOptions,
  recorder: Recorder,
): Omit<RequestFacts, 'cut' | 'identity' | 'makeRoom'> {
  const address = clientAddress(request, options.trustedProxies);
  return {
    record: recorder.open(request, address),
    origin: { address, userAgent: request.headers['user-agent'] ?? null },
    token: { headers: request.headersDistinct['authorization'] ?? [] },
    cookie: {
      sent: sentCookie(request.headers.cookie),
      isOurs: isOurs(request.headers, options.tls !== null || options.trustedProxies > 0, options.corsOrigins),
    },
  };
}

/** The body of a request as text, empty where there is none; null for one that is too large, which is not read to its end. */
export function readBody(request: IncomingMessage): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) return Promise.resolve(null);
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= MAX_BODY) return;
      request.pause();
      resolve(null);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
    request.on('close', () => {
      if (!request.complete) reject(new Error('the client went away'));
    });
  });
}

/**
 * What the outermost trusted proxy said of its client, in a header to which each proxy appends: the one as many places from the
 * end as there are proxies. Whatever stands before it is the client's own word; undefined where there are fewer.
 */
export const saidByProxy = (said: string[], trustedProxies: number) => said.at(-trustedProxies);

/** The values of a header to which each proxy appends, in the order of the proxies. */
export const valuesOf = (header: string | string[] | undefined) =>
  [header ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((value) => value.trim());

/** The nearest address that no trusted proxy has written. */
function clientAddress({ headers, socket }: IncomingMessage, trustedProxies: number) {
  const forwarded = trustedProxies > 0 ? saidByProxy(valuesOf(headers['x-forwarded-for']), trustedProxies) : undefined;
  return forwarded?.replace(WITH_PORT, '$1$2') || socket.remoteAddress || null;
}

/** As some proxies write it, `[2001:db8::1]:4711` or `192.0.2.7:4711`: each connection would be an address of its own. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/;

/** Bytes. */
const MAX_BODY = 100_000;

export interface RequestOptions {
  trustedProxies: number;
  corsOrigins: readonly string[];
  tls: object | null;
}
