import { afterEach, expect, test, vi } from 'vitest';
import { createSession, Refusal, type Session } from '../../examples/client/session.ts';
import { PASSWORD, startApp } from '../kit/app.ts';
import { answerOf, refusalOf, watchFetch } from './fetched.ts';

const app = await startApp();
const root = await app.as('root', 'ADMIN');
const url = `${app.url}/graphql`;
const fetched = watchFetch();
afterEach(() => vi.useRealTimers());

const ME = '{ me { id } }';
const CHANGE_EMAIL = 'mutation { changeEmail(newEmail: "new@example.com", password: "x") }';
const SET_ROLE = 'mutation ($id: ID!, $role: Role!) { setUserRole(userId: $id, role: $role) { id } }';
const END_SESSIONS = 'mutation ($id: ID!) { revokeUserSessions(userId: $id) }';

test('whoever signs up or in is the user, and whoever listens hears of each change once', async () => {
  const session = createSession({ url, delivery: 'BODY' });
  const heard: unknown[] = [];
  const stop = session.onChange((before) => heard.push([before?.email ?? before, session.user?.email ?? session.user]));
  expect(session.user).toBe(null);
  await session.signUp({ email: 'ann@example.com', password: PASSWORD, name: 'Ann' });
  expect(session.user).toMatchObject({ email: 'ann@example.com', name: 'Ann', role: 'USER' });
  await session.signIn({ email: 'ann@example.com', password: PASSWORD });
  await session.signOut();
  stop();
  await session.signIn({ email: 'ann@example.com', password: PASSWORD });
  expect(heard).toEqual([
    [null, 'ann@example.com'],
    ['ann@example.com', null],
  ]);
});

test('whoever signs out is nobody, on the page and for the server', async () => {
  const session = await signedUp();
  const token = await session.accessToken();
  await session.signOut();
  expect(session.user).toBe(null);
  expect(await session.accessToken()).toBe(null);
  expect(await app.codeOf(ME, {}, { authorization: `Bearer ${token}` })).toBe('SESSION_ENDED');
});

test.each([
  ['a wrong password', { code: 'INVALID_CREDENTIALS' }, (session: Session) => session.signIn(of('ann', 'wrong'))],
  [
    'a weak one',
    { code: 'WEAK_PASSWORD', fields: { 'input.password': expect.any(String) }, reason: expect.any(String) },
    (session: Session) => session.signUp(of('x', 'x')),
  ],
  [
    'no email',
    { code: 'BAD_USER_INPUT', fields: { 'input.email': expect.any(String) } },
    (session: Session) => session.signUp({ email: '', password: PASSWORD }),
  ],
])('%s is refused with what a form shows, and changes nothing', async (_what, extensions, attempt) => {
  const session = await signedUp();
  const { user } = session;
  const refusal = await attempt(session).catch((error) => error);
  expect(refusal).toBeInstanceOf(Refusal);
  expect(refusal.extensions).toEqual(extensions);
  expect(session.user).toBe(user);
});

test('a header is sent with the token, beside others, and left out where there is none', async () => {
  const session = await signedUp();
  await ask(session, ME, { 'x-tab': '1', Authorization: 'Basic x' });
  const [{ headers } = { headers: new Headers() }] = fetched.of('me');
  expect(headers.get('authorization')).toBe(`Bearer ${await session.accessToken()}`);
  expect(headers.get('x-tab')).toBe('1');
  await session.signOut();
  expect((await ask(session, ME)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  expect(fetched.of('me').at(-1)?.headers.has('authorization')).toBe(false);
});

test.each([
  ['that of the wall, which goes on while the machine sleeps', 'Date'],
  ['the steady one, which nobody sets', 'performance'],
] as const)('a token is renewed before it expires by %s', async (_which, clock) => {
  vi.useFakeTimers({ toFake: [clock] });
  const session = await signedUp();
  const token = await session.accessToken();
  vi.advanceTimersByTime(897_000);
  expect(await session.accessToken()).toBe(token);
  expect(fetched.of('refresh')).toEqual([]);
  vi.advanceTimersByTime(2000);
  expect(await session.accessToken()).not.toBe(token);
  expect(fetched.of('refresh')).toHaveLength(1);
});

test('a clock that is set back makes no token last longer, and one that is wrong none shorter', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  vi.setSystemTime('2001-01-01');
  const session = await signedUp();
  const token = await session.accessToken();
  vi.setSystemTime('2000-01-01');
  expect(await session.accessToken()).toBe(token);
  vi.advanceTimersByTime(899_000);
  expect(await session.accessToken()).not.toBe(token);
});

test('whoever waits for the next token by a timer gets it, though the timer comes a moment early', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  const session = await signedUp();
  const token = await session.accessToken();
  vi.advanceTimersByTime(session.renewsIn() - 100);
  expect(await session.accessToken()).toBe(token);
  vi.advanceTimersByTime(session.renewsIn() - 2);
  expect(await session.accessToken()).not.toBe(token);
});

test('five requests at once past the end of a token cost one refresh', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const session = await signedUp();
  vi.advanceTimersByTime(3_600_000);
  await Promise.all([1, 2, 3, 4, 5].map(() => ask(session, ME)));
  expect(fetched.fields().sort()).toEqual(['me', 'me', 'me', 'me', 'me', 'refresh']);
});

test('five requests that cannot renew their token fail after one try', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const session = await signedUp();
  vi.advanceTimersByTime(3_600_000);
  fetched.answer('refresh', () => Promise.reject(new TypeError('fetch failed')));
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(() => ask(session, ME)));
  expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
  expect(fetched.fields()).toEqual(['refresh']);
});

test('five that learn of another role cost one refresh, are asked once more, and the user has the role', async () => {
  const session = await signedUp();
  await root.ask(SET_ROLE, { id: session.user?.id, role: 'ADMIN' });
  fetched.forget();
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask(session, ME)));
  expect(answers).toEqual(Array(5).fill({ data: { me: { id: session.user?.id } } }));
  expect(fetched.of('refresh')).toHaveLength(1);
  expect(fetched.of('me')).toHaveLength(10);
  expect(session.user?.role).toBe('ADMIN');
});

test('it is the code that counts: TOKEN_EXPIRED beside data is asked once more, a 401 without it is not', async () => {
  const session = await signedUp();
  await root.ask(SET_ROLE, { id: session.user?.id, role: 'ADMIN' });
  const half = `{ __typename user(id: "${session.user?.id}") { role } }`;
  fetched.forget();
  fetched.answer('__typename', async (forward) => {
    const response = await forward();
    expect(response.status).toBe(200);
    return response;
  });
  expect(await ask(session, half)).toEqual({ data: { __typename: 'Query', user: { role: 'ADMIN' } } });
  expect(fetched.fields()).toEqual(['__typename', 'refresh', '__typename']);

  fetched.forget();
  fetched.answer('me', answerOf(401, {}));
  expect(await ask(session, ME)).toEqual({});
  expect(fetched.fields()).toEqual(['me']);
});

test.each(['TOKEN_EXPIRED', 'INVALID_TOKEN'])('what goes on saying %s is asked twice, not for ever', async (code) => {
  const session = await signedUp();
  fetched.answer('me', async () => {
    fetched.answer('me', refusalOf(401, code));
    return refusalOf(401, code)();
  });
  expect((await ask(session, ME)).errors[0].extensions.code).toBe(code);
  expect(fetched.fields()).toEqual(['me', 'refresh', 'me']);
});

test.each([
  ['a lost connection', () => Promise.reject(new TypeError('fetch failed'))],
  ['429', refusalOf(429, 'RATE_LIMITED')],
  ['503', refusalOf(503, 'SERVICE_UNAVAILABLE')],
  ["a proxy's 502", answerOf(502, '<p>Bad gateway')],
  ["a proxy's 401", answerOf(401, {})],
])('a refresh that meets %s signs nobody out, and the next one works', async (_what, answer) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const session = await signedUp();
  const { user } = session;
  vi.advanceTimersByTime(3_600_000);
  fetched.answer('refresh', answer);
  await expect(ask(session, ME)).rejects.toThrow();
  expect(session.user).toBe(user);
  expect(await ask(session, ME)).toMatchObject({ data: { me: { id: user?.id } } });
});

test('a sign-out that does not reach the server has not happened', async () => {
  const session = await signedUp();
  fetched.answer('logout', () => Promise.reject(new TypeError('fetch failed')));
  await expect(session.signOut()).rejects.toThrow('fetch failed');
  expect((await ask(session, ME)).data.me.id).toBe(session.user?.id);
});

test('REFRESH_REJECTED signs out', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const session = await signedUp();
  await root.ask(END_SESSIONS, { id: session.user?.id });
  vi.advanceTimersByTime(3_600_000);
  expect(await session.accessToken()).toBe(null);
  expect(session.user).toBe(null);
});

test('SESSION_ENDED signs out, with no refresh', async () => {
  const session = await signedUp();
  await root.ask(END_SESSIONS, { id: session.user?.id });
  fetched.forget();
  expect((await ask(session, ME)).errors[0].extensions.code).toBe('SESSION_ENDED');
  expect(session.user).toBe(null);
  expect(fetched.fields()).toEqual(['me']);
});

test('SESSION_ENDED of the session before does not end the next one', async () => {
  const session = await signedUp();
  const email = session.user?.email ?? '';
  fetched.answer('me', async () => {
    await session.signOut();
    await session.signIn({ email, password: PASSWORD });
    return refusalOf(401, 'SESSION_ENDED')();
  });
  await ask(session, ME);
  expect(session.user?.email).toBe(email);
});

test('a script goes on with a refresh token that it is handed; a bad one means that nobody is signed in', async () => {
  const { id, refreshToken } = await app.as('script');
  const session = createSession({ url, delivery: 'BODY', refreshToken });
  expect(session.user).toBe(undefined);
  await session.accessToken();
  expect(session.user?.id).toBe(id);

  const nobody = createSession({ url, delivery: 'BODY', refreshToken: 'rubbish' });
  expect(await nobody.accessToken()).toBe(null);
  expect(nobody.user).toBe(null);
});

test('a sign-out waits for a refresh that is under way, whose answer would undo it', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const session = await signedUp();
  vi.advanceTimersByTime(3_600_000);
  let signedOut: Promise<void> | undefined;
  fetched.answer('refresh', async (forward) => {
    const response = await forward();
    signedOut = session.signOut();
    await new Promise(setImmediate);
    expect(fetched.of('logout')).toEqual([]);
    return response;
  });
  await session.accessToken();
  await signedOut;
  expect(session.user).toBe(null);
  expect(await session.accessToken()).toBe(null);
});

test('what one user asked is not asked again by another', async () => {
  const session = await signedUp();
  const other = await signedUp();
  fetched.answer('me', async () => {
    await session.signIn({ email: other.user?.email ?? '', password: PASSWORD });
    return refusalOf(401, 'TOKEN_EXPIRED')();
  });
  await expect(ask(session, ME)).rejects.toThrow('Somebody else');
  expect(fetched.of('me')).toHaveLength(1);
});

test('what wants a recent sign-in asks for the password, once for all that waits, until it is right, and goes on', async () => {
  const asked: unknown[] = [];
  const answers = ['wrong', PASSWORD];
  const session = await signedUp(async (refusal) => {
    asked.push(refusal?.extensions.code);
    return answers.shift() ?? null;
  });
  await app.advance(11 * 60_000);
  const changes = await Promise.all([1, 2, 3].map(() => ask(session, CHANGE_EMAIL)));
  // The password in the change is another matter.
  for (const { errors } of changes) expect(errors[0].extensions.code).toBe('INVALID_CREDENTIALS');
  expect(asked).toEqual([undefined, 'INVALID_CREDENTIALS']);
  expect(fetched.of('reauthenticate')).toHaveLength(2);
  expect(fetched.of('changeEmail')).toHaveLength(6);
  fetched.forget();
  await ask(session, CHANGE_EMAIL);
  expect(fetched.fields()).toEqual(['changeEmail']);
});

test('it leaves the refresh token as it is', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const session = await signedUp(async () => PASSWORD);
  await app.advance(11 * 60_000);
  await ask(session, CHANGE_EMAIL);
  vi.advanceTimersByTime(3_600_000);
  expect(await ask(session, ME)).toEqual({ data: { me: { id: session.user?.id } } });
});

test('who gives no password, or cannot be asked, gets the answer as it was', async () => {
  for (const askPassword of [async () => null, undefined]) {
    const session = await signedUp(askPassword);
    await app.advance(11 * 60_000);
    fetched.forget();
    expect((await ask(session, CHANGE_EMAIL)).errors[0].extensions.code).toBe('REAUTHENTICATION_REQUIRED');
    expect(fetched.fields()).toEqual(['changeEmail']);
  }
});

test('a stale token does not keep it from asking for the password', async () => {
  const session = await signedUp(async () => PASSWORD);
  await app.advance(11 * 60_000);
  await promote(session);
  expect((await ask(session, CHANGE_EMAIL)).errors[0].extensions.code).toBe('INVALID_CREDENTIALS');
  expect(fetched.fields()).toEqual(['changeEmail', 'refresh', 'changeEmail', 'reauthenticate', 'changeEmail']);
});

test('a token that becomes stale while somebody types is renewed, and nobody types twice', async () => {
  const typed = vi.fn(async () => {
    await promote(session);
    return PASSWORD;
  });
  const session = await signedUp(typed);
  await app.advance(11 * 60_000);
  expect((await ask(session, CHANGE_EMAIL)).errors[0].extensions.code).toBe('INVALID_CREDENTIALS');
  expect(typed).toHaveBeenCalledTimes(1);
});

test('an answer that comes after the password was given asks for it no second time', async () => {
  const typed = vi.fn(async () => PASSWORD);
  const session = await signedUp(typed);
  await app.advance(11 * 60_000);
  fetched.answer('changeEmail', async (forward) => {
    const response = await forward();
    await ask(session, CHANGE_EMAIL);
    return response;
  });
  expect((await ask(session, CHANGE_EMAIL)).errors[0].extensions.code).toBe('INVALID_CREDENTIALS');
  expect(typed).toHaveBeenCalledTimes(1);
});

test.each([
  ['ends', (session: Session) => app.db.session.deleteMany({ where: { userId: session.user?.id ?? '' } })],
  ['is signed out', (session: Session) => session.signOut()],
])('where the session %s while somebody types, nobody is asked again', async (_how, end) => {
  const typed = vi.fn(async () => {
    await end(session);
    await app.advance(0);
    return PASSWORD;
  });
  const session = await signedUp(typed);
  await app.advance(11 * 60_000);
  expect((await ask(session, CHANGE_EMAIL)).errors[0].extensions.code).toBe('REAUTHENTICATION_REQUIRED');
  expect(typed).toHaveBeenCalledTimes(1);
  expect(session.user).toBe(null);
});

test('a password of one user is not sent for another', async () => {
  const other = await signedUp();
  const session = await signedUp(async () => {
    await session.signIn({ email: other.user?.email ?? '', password: PASSWORD });
    return PASSWORD;
  });
  await app.advance(11 * 60_000);
  expect((await ask(session, CHANGE_EMAIL)).errors[0].extensions.code).toBe('REAUTHENTICATION_REQUIRED');
  expect(fetched.of('reauthenticate')).toEqual([]);
});

/** Which makes the token stale. */
async function promote(session: Session) {
  await app.db.user.update({ where: { id: session.user?.id ?? '' }, data: { role: 'ADMIN' } });
  await app.advance(0);
}

/** Somebody new, and nothing counted of what that took. */
async function signedUp(askPassword?: Parameters<typeof createSession>[0]['askPassword']): Promise<Session> {
  const session = createSession({ url, delivery: 'BODY', ...(askPassword && { askPassword }) });
  await session.signUp(of(crypto.randomUUID(), PASSWORD));
  fetched.forget();
  return session;
}

async function ask(session: Session, query: string, headers: Record<string, string> = {}) {
  const response = await session.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

function of(name: string, password: string) {
  return { email: `${name}@example.com`, password };
}
