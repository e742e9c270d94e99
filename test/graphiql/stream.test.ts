import { afterEach, beforeEach, expect, test } from 'vitest';
import { withSession } from '../../src/graphiql/browser/requests.ts';
import { createSession, type Session } from '../../src/graphiql/browser/session.ts';
import { keepStream } from '../../src/graphiql/browser/stream.ts';
import { PASSWORD, startApp } from '../kit/app.ts';
import { RENAME, renamed, schema, WATCH, watchUsers } from '../live/live-users.ts';

const app = await startApp({ schema });
await watchUsers(app);
const ann = { email: 'ann@example.com', password: PASSWORD };
await app.as('ann');

let session: Session;
let pageFetch: typeof fetch;
/** How each stream that was opened can be cut. */
let cut: (() => void)[];
/** Resolves when that many have been opened. */
let opened: (streams: number) => Promise<void>;
let stopping: AbortController;
/** What streams say arrives once this is done. */
let arriving: Promise<void>;

beforeEach(async () => {
  cut = [];
  arriving = Promise.resolve();
  stopping = new AbortController();
  let tell = () => {};
  opened = async (streams) => {
    while (cut.length < streams) await new Promise<void>((resolve) => (tell = resolve));
  };
  const send: typeof fetch = async (input, init) => {
    const leaving = new AbortController();
    const signal = AbortSignal.any([leaving.signal, ...(init?.signal ? [init.signal] : [])]);
    const response = await fetch(new URL(String(input), app.url), { ...init, signal });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
    cut.push(() => leaving.abort());
    tell();
    const late = new TransformStream<Uint8Array, Uint8Array>({
      async transform(piece, controller) {
        await arriving;
        controller.enqueue(piece);
      },
    });
    return new Response(response.body?.pipeThrough(late), response);
  };
  session = createSession(send);
  pageFetch = withSession(send, session, { askPassword: async () => false, keepStream, note: () => {} });
  await session.signIn('login', ann);
});

afterEach(() => stopping.abort());

async function watch() {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
  const body = JSON.stringify({ query: WATCH });
  const response = await pageFetch('/graphql', { method: 'POST', headers, body, signal: stopping.signal });
  const pieces = (response.body ?? new Blob().stream()).pipeThrough(new TextDecoderStream()).getReader();
  return {
    /** The next event, or what it is that ends the stream. */
    async next(): Promise<object | 'complete' | 'end'> {
      const { value, done } = await pieces.read();
      if (done) return 'end';
      if (value.includes('event: complete')) return 'complete';
      const [, data] = /^data: (.+)$/m.exec(value) ?? [];
      return data ? JSON.parse(data) : this.next();
    },
  };
}

/** By who is signed in, with whatever token they have. */
async function rename(name: string) {
  const authorization = `Bearer ${await session.token()}`;
  await app.ask(RENAME, { name }, { authorization });
}

/** The session's, as its own timer does. */
const renew = async () => session.renew((await session.token()) ?? '');

test('a stream whose token is exchanged goes on by the next one, which is open before it is left', async () => {
  const stream = await watch();
  await rename('one');
  expect(await stream.next()).toEqual(renamed('one'));
  await app.advance(14 * 60_000);
  await renew();
  await opened(2);
  await rename('two');
  // By each of them: better twice than not at all.
  expect(await stream.next()).toEqual(renamed('two'));
  expect(await stream.next()).toEqual(renamed('two'));
  // The first token expires, and the second does not.
  await app.advance(60_000);
  await rename('three');
  expect(await stream.next()).toEqual(renamed('three'));
  expect(cut).toHaveLength(2);
});

test('what was on its way in a stream when the next one was opened arrives, too', async () => {
  const stream = await watch();
  let arrive = () => {};
  arriving = new Promise((resolve) => {
    arrive = resolve;
  });
  await rename('said in the first');
  await renew();
  await opened(2);
  arrive();
  expect(await stream.next()).toEqual(renamed('said in the first'));
});

test('a stream that ends with its token is opened again, and nobody sees an end', async () => {
  const stream = await watch();
  await rename('three');
  expect(await stream.next()).toEqual(renamed('three'));
  await app.advance(15 * 60_000);
  await opened(2);
  await rename('four');
  expect(await stream.next()).toEqual(renamed('four'));
});

test('a stream that is cut is opened again', async () => {
  const stream = await watch();
  await rename('five');
  expect(await stream.next()).toEqual(renamed('five'));
  cut[0]?.();
  await opened(2);
  await rename('six');
  expect(await stream.next()).toEqual(renamed('six'));
});

test('a stream that the server completes is over', async () => {
  const stream = await watch();
  await app.db.session.deleteMany();
  await app.advance(0);
  expect(await stream.next()).toMatchObject({ errors: [{ extensions: { code: 'SESSION_ENDED' } }] });
  expect([await stream.next(), await stream.next(), session.who()]).toEqual(['complete', 'end', null]);
  await session.signIn('login', ann);
  await rename('again');
  expect(cut).toHaveLength(1);
});

test('a stream that is stopped is opened no more', async () => {
  const stream = await watch();
  stopping.abort();
  expect(await stream.next()).toBe('end');
  await renew();
  expect(cut).toHaveLength(1);
});
