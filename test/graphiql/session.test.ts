import { parse, print } from 'graphql';
import { beforeEach, expect, test, vi } from 'vitest';
import { withSession } from '../../src/graphiql/browser/requests.ts';
import { type Answer, createSession, type Session } from '../../src/graphiql/browser/session.ts';
import { keepStream } from '../../src/graphiql/browser/stream.ts';
import { PASSWORD, startApp } from '../kit/app.ts';

const app = await startApp();
const ann = { email: 'ann@example.com', password: PASSWORD };
await app.as('ann');

let session: Session;
let askPassword: () => Promise<boolean>;
let pageFetch: typeof fetch;
/** Every query that was sent. */
let sent: string[];
/** In place of what the server answers, to queries that hold this text. */
let instead: Record<string, () => Response>;

beforeEach(() => {
  sent = [];
  instead = {};
  askPassword = async () => false;
  const send: typeof fetch = async (input, init) => {
    const { query } = JSON.parse(String(init?.body));
    sent.push(query);
    const [, answer] = Object.entries(instead).find(([text]) => query.includes(text)) ?? [];
    return answer?.() ?? fetch(new URL(String(input), app.url), init);
  };
  session = createSession(send);
  pageFetch = withSession(send, session, { askPassword: () => askPassword(), keepStream, note: () => {} });
});

/** As GraphiQL does. */
async function ask(query: string, headers: Record<string, string> = {}): Promise<Answer> {
  const body = JSON.stringify({ query: print(parse(query)) });
  const sending = { 'content-type': 'application/json', ...headers };
  return (await pageFetch('/graphql', { method: 'POST', headers: sending, body })).json();
}

const ME = '{ me { email } }';
const MINE = { data: { me: { email: ann.email } } };
const RENAME = 'mutation { updateMe(input: { name: "Ann" }) { email } }';
const codesOf = ({ errors = [] }: Answer) => errors.map(({ extensions }) => extensions?.code);
const countOf = (text: string) => sent.filter((query) => query.includes(text)).length;
const expire = () => app.advance(15 * 60_000);

test('nobody is signed in at first, and nothing is said for them', async () => {
  expect(codesOf(await ask(ME))).toEqual(['UNAUTHENTICATED']);
  expect([session.who(), sent.length]).toEqual([null, 1]);
});

test('whoever signs in is who asks, until they sign out', async () => {
  await session.signIn('login', ann);
  expect(session.who()).toEqual({ email: ann.email, role: 'USER' });
  expect(await ask(ME)).toEqual(MINE);
  const authorization = `Bearer ${await session.token()}`;
  await session.signOut();
  expect([session.who(), await session.token()]).toEqual([null, undefined]);
  expect(codesOf(await ask(ME))).toEqual(['UNAUTHENTICATED']);
  expect(await app.codeOf(ME, {}, { authorization })).toBe('SESSION_ENDED');
});

test('a sign-out that does not reach the server lets go of the tokens nevertheless', async () => {
  await session.signIn('login', ann);
  instead['logout'] = () => {
    throw new TypeError('Failed to fetch');
  };
  await expect(session.signOut()).rejects.toThrow();
  expect([session.who(), await session.token()]).toEqual([null, undefined]);
});

test('a refused sign-in changes nothing', async () => {
  await session.signIn('login', ann);
  const answer = await session.signIn('login', { ...ann, password: 'guessed wrongly' });
  expect(codesOf(answer)).toEqual(['INVALID_CREDENTIALS']);
  expect(await ask(ME)).toEqual(MINE);
});

test('whoever signs in within GraphiQL is who asks from then on', async () => {
  await ask(`mutation { login(input: { email: "${ann.email}", password: "${PASSWORD}" }) { accessToken } }`);
  expect(session.who()).toEqual({});
  expect(await ask(ME)).toEqual(MINE);
});

test('an Authorization header that somebody writes themselves goes before, and what is answered to it is about nobody else', async () => {
  await session.signIn('login', ann);
  const bob = await app.as('bob');
  const authorization = `Bearer ${bob.accessToken}`;
  expect(await ask(ME, { Authorization: authorization })).toEqual({ data: { me: { email: bob.email } } });
  await bob.ask('mutation { logout }');
  expect(codesOf(await ask(ME, { authorization }))).toEqual(['SESSION_ENDED']);
  expect(await ask(ME)).toEqual(MINE);
});

test('a token is exchanged before it expires', async () => {
  await session.signIn('login', ann);
  const before = await session.token();
  const at = Date.now() + 14.6 * 60_000;
  const clock = vi.spyOn(Date, 'now').mockReturnValue(at);
  expect(await ask(ME)).toEqual(MINE);
  clock.mockRestore();
  expect([countOf('refresh('), (await session.token()) === before]).toEqual([1, false]);
});

test('a token that has expired is exchanged once, however many find out, and each is asked once more', async () => {
  await session.signIn('login', ann);
  await expire();
  expect(await Promise.all([ask(ME), ask(ME), ask(RENAME)])).toEqual([
    MINE,
    MINE,
    { data: { updateMe: MINE.data.me } },
  ]);
  expect([countOf('refresh('), countOf('me {')]).toEqual([1, 4]);
});

test('whoever finds out when it has been exchanged does not exchange the next one', async () => {
  await session.signIn('login', ann);
  const stale = (await session.token()) ?? '';
  await session.renew(stale);
  const next = await session.token();
  await session.renew(stale);
  expect([next === stale, (await session.token()) === next, countOf('refresh(')]).toEqual([false, true, 1]);
});

test('who has another role is asked for with it, and shown', async () => {
  await session.signIn('login', ann);
  await app.db.user.update({ where: { email: ann.email }, data: { role: 'ADMIN' } });
  await app.advance(0);
  expect((await ask('{ users { totalCount } }')).errors).toBe(undefined);
  expect(session.who()).toEqual({ email: ann.email, role: 'ADMIN' });
});

test('a mutation of several fields is not asked again, for some of it may be done', async () => {
  await session.signIn('login', ann);
  await expire();
  const several = 'mutation { a: updateMe(input: {}) { email } b: updateMe(input: {}) { email } }';
  expect(codesOf(await ask(several))).toEqual(['TOKEN_EXPIRED']);
  expect(countOf('updateMe')).toBe(1);
  expect(await ask(several)).toEqual({ data: { a: MINE.data.me, b: MINE.data.me } });
});

const LATER: [string, () => Response][] = [
  [
    'the network is away',
    () => {
      throw new TypeError('Failed to fetch');
    },
  ],
  ['the server is not ready', () => new Response('not ready', { status: 503 })],
  ['there are too many', () => Response.json({ errors: [{ message: '', extensions: { code: 'RATE_LIMITED' } }] })],
];

test.each(LATER)('nobody is signed out because %s', async (_why, answer) => {
  await session.signIn('login', ann);
  await expire();
  instead['refresh('] = answer;
  expect(codesOf(await ask(ME))).toEqual(['TOKEN_EXPIRED']);
  instead = {};
  expect(await ask(ME)).toEqual(MINE);
});

test('a refresh token that is rejected signs out', async () => {
  await session.signIn('login', ann);
  await app.advance(8 * 24 * 3_600_000);
  expect(codesOf(await ask(ME))).toEqual(['UNAUTHENTICATED']);
  expect(session.who()).toBe(null);
});

test('a session that was ended elsewhere signs out', async () => {
  await session.signIn('login', ann);
  await app.db.session.deleteMany();
  await app.advance(0);
  expect(codesOf(await ask(ME))).toEqual(['SESSION_ENDED']);
  expect(session.who()).toBe(null);
});

test('of a mutation of several fields nothing is done twice because the password is asked for', async () => {
  await session.signIn('login', ann);
  askPassword = async () => (await session.prove(PASSWORD)).errors === undefined;
  await app.advance(11 * 60_000);
  await ask('mutation { requestEmailConfirmation deleteMe(password: "wrong") }');
  expect(await app.db.mail.count({ where: { template: 'CONFIRM_EMAIL' } })).toBe(1);
});
