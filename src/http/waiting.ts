import type { RequestListener } from 'node:http';
import { AppError } from '../errors.ts';
import { headersOf, setCors } from './headers.ts';

/**
 * Answers while there is no app yet, for its database may be away: the process is up, and nothing else is. Pages of the listed
 * origins can read it.
 */
export const answerWaiting =
  (corsOrigins: readonly string[]): RequestListener =>
  ({ method, url, headers: asked }, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    setCors(headersOf(response), asked.origin, corsOrigins);
    // A page whose preflight is refused cannot tell this from a server that is not there.
    if (method === 'OPTIONS' && response.hasHeader('access-control-allow-origin')) {
      const allowed = asked['access-control-request-headers'] ?? '';
      const headers = { 'access-control-allow-methods': 'GET, POST', 'access-control-allow-headers': allowed };
      return void response.writeHead(204, headers).end();
    }
    if (url === '/health') return void response.writeHead(200).end('{"status":"up"}');
    const { code, message, extras } = new AppError('SERVICE_UNAVAILABLE', 'there is no database yet');
    const body =
      url === '/ready' ? { status: 'unavailable' } : { errors: [{ message, extensions: { code, ...extras } }] };
    response.writeHead(503, { 'retry-after': `${extras.retryAfter}` }).end(JSON.stringify(body));
  };

const HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  vary: 'Origin',
};
