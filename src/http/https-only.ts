import type { IncomingMessage } from 'node:http';
import type { AnswerHeaders } from './headers.ts';
import { type RequestOptions, saidByProxy, valuesOf } from './request.ts';

/** Whether clients reach us over HTTPS alone: by our own TLS, or by that of a proxy. */
const isHttpsOnly = ({ tls, trustedProxies }: RequestOptions) => tls !== null || trustedProxies > 0;

/**
 * Whether the request crossed a network in the clear where nothing may. The scheme is told by the same proxy as the address: what
 * stands before it in X-Forwarded-Proto is the client's own word. Where there are fewer values than proxies, inner ones have
 * passed on what the outermost wrote.
 */
export function isPlain(request: IncomingMessage, options: RequestOptions): boolean {
  if (!isHttpsOnly(options) || options.tls || PROBES.has(request.url?.split('?')[0] ?? '')) return false;
  const schemes = valuesOf(request.headers['x-forwarded-proto']);
  return (saidByProxy(schemes, options.trustedProxies) ?? schemes[0]) !== 'https';
}

/** RFC 6797: a browser is told to keep to HTTPS, in what is sent to it by HTTPS. */
export function setStrictTransport(headers: AnswerHeaders, options: RequestOptions) {
  if (isHttpsOnly(options)) headers.set('strict-transport-security', 'max-age=63072000');
}

/** Asked by the platform from inside the network. */
const PROBES = new Set(['/health', '/ready']);
