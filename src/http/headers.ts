import type { AppPlugin } from '../context.ts';

/** The headers that every answer carries. */
export function useHeaders(): AppPlugin {
  return {
    onResponse: ({ response, serverContext }) => setHeaders(response.headers, serverContext.requestId),
  };
}

export function setHeaders(headers: Headers, requestId: string) {
  headers.set('x-request-id', requestId);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('vary', 'Origin');
  // Yoga says no-cache of streams, and a sign-in may be answered as one.
  if (!headers.get('cache-control')?.startsWith('public')) headers.set('cache-control', 'no-store');
  if (headers.get('content-type')?.startsWith('text/html')) {
    headers.set('content-security-policy', "frame-ancestors 'none'");
  }
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
