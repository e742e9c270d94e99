import type { AppPlugin } from '../graphql/context.ts';
import { refusal } from './listener.ts';

/** The headers that every answer carries. */
export function useHeaders(): AppPlugin {
  return {
    onResponse({ response: { headers }, serverContext }) {
      headers.set('x-request-id', serverContext.requestId);
      headers.set('x-content-type-options', 'nosniff');
      headers.set('vary', 'Origin');
      // Yoga says no-cache of streams, and a sign-in may be answered as one.
      if (!headers.get('cache-control')?.startsWith('public')) headers.set('cache-control', 'no-store');
      if (headers.get('content-type')?.startsWith('text/html')) {
        headers.set('content-security-policy', "frame-ancestors 'none'");
      }
    },
  };
}

/** Nobody but the listed origins; `false` leaves every CORS header out. Pages without an origin all call theirs "null". */
export const corsFor = (origins: readonly string[]) => (request: Request) => {
  const origin = request.headers.get('origin');
  const isListed = origin && origin !== 'null' && (origins.includes(origin) || origins.includes('*'));
  if (!isListed) return false as const;
  return {
    origin,
    methods: ['POST'],
    allowedHeaders: ['authorization', 'content-type', 'accept'],
    exposedHeaders: ['x-request-id', 'www-authenticate', 'retry-after'],
    credentials: !origins.includes('*'),
    maxAge: 600,
  };
};

/** In production nothing crosses a network in the clear: plain HTTP is refused, and browsers are told to keep to HTTPS. */
export function useHttpsOnly(isSecure: (request: Request) => boolean): AppPlugin {
  return {
    onRequest({ request, url, endResponse }) {
      if (isSecure(request) || PROBES.has(url.pathname)) return;
      endResponse(refusal(403, 'FORBIDDEN', 'Use HTTPS.'));
    },
    onResponse({ response }) {
      response.headers.set('strict-transport-security', 'max-age=63072000');
    },
  };
}

/** What the proxy that ends TLS says of its side; a trusted one always says it. */
export const forwardedSecurely = (request: Request) =>
  request.headers.get('x-forwarded-proto')?.split(',').at(-1)?.trim() === 'https';

/** Asked by the platform from inside the network. */
const PROBES = new Set(['/health', '/ready']);
