import type { ServerResponse } from 'node:http';
import type { RequestFacts } from '../context.ts';
import { setCookie } from './cookie.ts';

/** Sets what every answer carries, whoever made it. `now` is for the life of the cookie. */
export function setHeaders(headers: AnswerHeaders, { record, cookie }: Told, now: Date) {
  headers.set('x-request-id', record.requestId);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('vary', 'Origin');
  // Yoga says no-cache of streams, and a sign-in may be answered as one.
  if (!headers.get('cache-control')?.startsWith('public')) headers.set('cache-control', 'no-store');
  if (headers.get('content-type')?.startsWith('text/html') && !headers.get('content-security-policy')) {
    headers.set('content-security-policy', "frame-ancestors 'none'");
  }
  setCookie(headers, cookie, now);
}

/** Those of an answer that is written as it is. */
export const headersOf = (response: ServerResponse): AnswerHeaders => ({
  get: (name) => response.getHeader(name)?.toString(),
  set: (name, value) => void response.setHeader(name, value),
  append: (name, value) => void response.appendHeader(name, value),
});

/** As the Fetch API has them. */
export interface AnswerHeaders {
  get(name: string): string | null | undefined;
  set(name: string, value: string): void;
  append(name: string, value: string): void;
}

/**
 * Nobody but the listed origins; `false` leaves every CORS header out. Pages without an origin all call theirs "null". Who is listed
 * may send whatever headers they like: those of tracing and of clients are known to nobody in advance.
 */
export const corsFor = (origins: readonly string[], unlisted: (origin: string) => void) => (request: Request) => {
  const origin = request.headers.get('origin') ?? undefined;
  if (isListed(origin, origins)) {
    const credentials = !origins.includes('*');
    return { origin, methods: ['GET', 'POST'], exposedHeaders: EXPOSED, credentials, maxAge: 600 };
  }
  if (origin && new URL(request.url).origin !== origin) unlisted(origin);
  return false as const;
};

/** The same for an answer that Yoga has no part in: a page that cannot read why would take it for a server that is away. */
export function setCors(headers: AnswerHeaders, origin: string | undefined, origins: readonly string[]) {
  if (!isListed(origin, origins)) return;
  headers.set('access-control-allow-origin', origin);
  headers.set('access-control-expose-headers', EXPOSED.join(', '));
  if (!origins.includes('*')) headers.set('access-control-allow-credentials', 'true');
}

const isListed = (origin: string | undefined, origins: readonly string[]): origin is string =>
  Boolean(origin) && origin !== 'null' && (origins.includes(origin as string) || origins.includes('*'));

const EXPOSED = ['x-request-id', 'www-authenticate', 'retry-after'];

export type Told = Pick<RequestFacts, 'record' | 'cookie'>;
