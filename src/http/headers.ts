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
  const origin = request.headers.get('origin');
  const isListed = origin && origin !== 'null' && (origins.includes(origin) || origins.includes('*'));
  if (origin && !isListed && new URL(request.url).origin !== origin) unlisted(origin);
  if (!isListed) return false as const;
  return {
    origin,
    methods: ['GET', 'POST'],
    exposedHeaders: ['x-request-id', 'www-authenticate', 'retry-after'],
    credentials: !origins.includes('*'),
    maxAge: 600,
  };
};

export type Told = Pick<RequestFacts, 'record' | 'cookie'>;
