import { vi } from 'vitest';
import { afterFile } from '../kit/cleanup.ts';

/** Stands between the clients of this process and the network: tells what was sent, and can answer in the server's place. */
export function watchFetch(): Fetched {
  const real = globalThis.fetch;
  const sent: Sent[] = [];
  const instead = new Map<string, Instead>();
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const body = typeof init?.body === 'string' ? init.body : '';
    const [, field = ''] = /\{\s*(?:grant: )?(\w+)/.exec(body ? JSON.parse(body).query : '') ?? [];
    const answer = instead.get(field);
    instead.delete(field);
    const forward = () => real(input, init);
    const answered = answer ? answer(forward) : forward();
    sent.push({ field, headers: new Headers(init?.headers), answered });
    return answered;
  });
  afterFile(() => spy.mockRestore());
  return {
    of: (field) => sent.filter((request) => request.field === field),
    fields: () => sent.map(({ field }) => field),
    forget: () => void sent.splice(0),
    answer: (field, answer) => void instead.set(field, answer),
  };
}

/** What a server, or a proxy before it, may say. */
export const answerOf = (status: number, body: object | string) => () =>
  Promise.resolve(
    typeof body === 'string'
      ? new Response(body, { status, headers: { 'content-type': 'text/html' } })
      : Response.json(body, { status, headers: { 'content-type': 'application/graphql-response+json' } }),
  );

export const refusalOf = (status: number, code: string) =>
  answerOf(status, { data: null, errors: [{ message: code, extensions: { code } }] });

interface Fetched {
  /** The requests for this root field, which is the first of its document. */
  of(field: string): Sent[];
  fields(): string[];
  forget(): void;
  /** Answers the next request for this root field. */
  answer(field: string, answer: Instead): void;
}

interface Sent {
  field: string;
  headers: Headers;
  answered: Promise<Response>;
}

type Instead = (forward: () => Promise<Response>) => Promise<Response>;
