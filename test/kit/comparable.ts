import type { Answer } from './client.ts';

/** All that a client gets, but for what differs between any two answers. */
export function comparable({ status, headers, ...body }: Answer) {
  const { date: _, 'x-request-id': __, ...rest } = Object.fromEntries(headers);
  return { status, headers: rest, body };
}
