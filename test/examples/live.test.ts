import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLive } from '../../examples/client/live.ts';
import { createSession, type Session } from '../../examples/client/session.ts';
import { queue, type ScriptedStream, startScripted } from './scripted.ts';

const server = await startScripted();
const open: (() => void)[] = [];
beforeEach(() => {
  Object.assign(server.script, { expiresIn: 900, gate: Promise.resolve() });
});
afterEach(() => {
  for (const close of open.splice(0)) close();
  vi.useRealTimers();
});

test('the next stream is opened before the token ends, beside the one before, which is closed once the next is connected', async () => {
  server.script.expiresIn = 3;
  const { heard, stream } = await connected();
  let release = () => {};
  server.script.gate = new Promise((resolve) => {
    release = resolve;
  });
  const second = await server.opened();
  expect(second.token).not.toBe(stream.token);
  expect(second.beside).toBe(1);
  stream.next({ data: { n: 1 } });
  expect(await heard.next()).toBe('next {"n":1}');
  release();
  expect(await heard.next()).toBe('connected');
  // Sent before the next began, and here after it.
  stream.next({ data: { n: 2 } });
  expect(await heard.next()).toBe('next {"n":2}');
  await stream.closed;
  second.next({ data: { n: 3 } });
  expect(await heard.next()).toBe('next {"n":3}');
});

test('a stream that has been followed by another calls for no third', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  server.script.expiresIn = 3;
  const { heard, stream } = await connected();
  vi.advanceTimersByTime(1000);
  await server.opened();
  expect(await heard.next()).toBe('connected');
  vi.advanceTimersByTime(500);
  await stream.closed;
  const tried = server.triedAt.length;
  vi.advanceTimersByTime(100);
  await signedIn();
  expect(server.triedAt).toHaveLength(tried);
});

test.each<[string, (stream: ScriptedStream) => void]>([
  ['cut', (stream) => stream.cut()],
  ['completed', (stream) => stream.complete()],
  ['told TOKEN_EXPIRED and completed', (stream) => stream.complete('TOKEN_EXPIRED')],
  ['told TOKEN_EXPIRED and cut', (stream) => stream.cut('TOKEN_EXPIRED')],
  ['told SERVICE_UNAVAILABLE and completed', (stream) => stream.complete('SERVICE_UNAVAILABLE')],
])('a stream that is %s is opened anew, and the page told to fetch again, and nothing else', async (_how, end) => {
  const { heard, stream } = await connected();
  end(stream);
  const second = await server.opened();
  expect(await heard.next()).toBe('connected');
  second.next({ data: { n: 1 } });
  expect(await heard.next()).toBe('next {"n":1}');
});

test.each<[string, (stream: ScriptedStream) => void]>([
  ['told and completed', (stream) => stream.complete('SESSION_ENDED')],
  ['completed', (stream) => stream.complete()],
])('SESSION_ENDED, %s, ends it and signs out', async (_how, end) => {
  const { session, heard, stream } = await connected();
  server.refuse(401, 'SESSION_ENDED');
  end(stream);
  expect(await heard.next()).toBe('complete');
  expect(session.user).toBe(null);
});

test.each([
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [400, 'BAD_USER_INPUT'],
])('what is refused for good, with %i, is not tried again', async (status, code) => {
  const session = await signedIn();
  server.refuse(status, code);
  const heard = live(session);
  expect(await heard.next()).toBe(`error ${code}`);
  expect(session.user).not.toBe(null);
  const tried = server.triedAt.length;
  await connected();
  expect(server.triedAt).toHaveLength(tried + 1);
});

test('a stream that is refused with TOKEN_EXPIRED is opened with the next token', async () => {
  const session = await signedIn();
  const token = await session.accessToken();
  server.refuse(401, 'TOKEN_EXPIRED');
  const heard = live(session);
  expect((await server.opened()).token).not.toBe(token);
  expect(await heard.next()).toBe('connected');
});

test('it is tried with growing pauses while the server says no, and signs nobody out', async () => {
  const session = await signedIn();
  for (const status of [503, 502, 429]) server.refuse(status, status === 429 ? 'RATE_LIMITED' : 'SERVICE_UNAVAILABLE');
  server.triedAt.length = 0;
  const heard = live(session);
  await server.opened();
  expect(await heard.next()).toBe('connected');
  // By chance they may be alike, but for each second one.
  const [first = 0, second = 0, third = 0, fourth = 0] = server.triedAt;
  expect(second - first).toBeLessThan(fourth - third);
  expect(session.user).not.toBe(null);
});

test('while the next stream is refused, the one before goes on', async () => {
  server.script.expiresIn = 3;
  const { heard, stream } = await connected();
  server.refuse(400, 'OPERATION_REFUSED');
  const tried = server.triedAt.length;
  while (server.triedAt.length === tried) await new Promise(setImmediate);
  stream.next({ data: { n: 1 } });
  expect(await heard.next()).toBe('next {"n":1}');
  const second = await server.opened();
  expect(second.beside).toBe(1);
  expect(await heard.next()).toBe('connected');
  await stream.closed;
});

test.each<[string, (session: Session, close: () => void) => unknown]>([
  ['is closed', (_session, close) => close()],
  ['loses its user', (session) => session.signOut()],
])('a subscription that %s leaves no stream open', async (_how, end) => {
  const { session, heard, stream, close } = await connected();
  await end(session, close);
  await stream.closed;
  expect(await heard.next()).toBe('complete');
});

test('when another user has signed in, the stream is theirs', async () => {
  const { session, heard, stream } = await connected();
  await session.signIn({ email: 'bob', password: '' });
  await stream.closed;
  expect((await server.opened()).token).toBe(await session.accessToken());
  expect(await heard.next()).toBe('connected');
});

test('a stream that has been silent for 30 seconds has lost its connection; a comment is no silence', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { heard, stream } = await connected();
  for (const n of [1, 2]) {
    vi.advanceTimersByTime(20_000);
    stream.write(`:\n\nevent: next\ndata: {"data":{"n":${n}}}\n\n`);
    expect(await heard.next()).toBe(`next {"n":${n}}`);
  }
  vi.advanceTimersByTime(30_000);
  await stream.closed;
  await vi.advanceTimersByTimeAsync(500);
  await server.opened();
  expect(await heard.next()).toBe('connected');
});

test('events come whole, however the network cuts and joins them', async () => {
  const { heard, stream } = await connected();
  const [head, tail] = [
    'event: next\ndata: {"data":{"title":"Mi',
    'lk"}}\n\nevent: next\ndata: {"data":{"n":1}}\n\n:\n\n',
  ];
  stream.write(head);
  // By then it has arrived, and the rest comes by itself.
  await signedIn();
  stream.write(tail);
  expect(await heard.next()).toBe('next {"title":"Milk"}');
  expect(await heard.next()).toBe('next {"n":1}');
});

test('an error beside data is handed on', async () => {
  const { heard, stream } = await connected();
  stream.next({ data: { task: null }, errors: [{ message: 'x', extensions: { code: 'TOKEN_EXPIRED' } }] });
  expect(await heard.next()).toBe('next {"task":null}');
});

async function signedIn() {
  const session = createSession({ url: server.url, delivery: 'BODY' });
  await session.signIn({ email: 'ann', password: '' });
  return session;
}

/** What it hands on, in order. */
function live(session: Session) {
  const heard = queue<string>();
  const close = openLive(
    session,
    { query: 'subscription { n }' },
    {
      connected: () => heard.push('connected'),
      next: ({ data }) => heard.push(`next ${JSON.stringify(data)}`),
      error: ({ extensions }) => heard.push(`error ${extensions.code}`),
      complete: () => heard.push('complete'),
    },
  );
  open.push(close);
  return { ...heard, close };
}

async function connected() {
  const session = await signedIn();
  const heard = live(session);
  const stream = await server.opened();
  expect(await heard.next()).toBe('connected');
  return { session, heard, stream, close: heard.close };
}
