import { expect, test } from 'vitest';
import { PASSWORD, startApp } from '../kit/app.ts';
import { LOGOUT, REFRESH, signIn } from '../kit/requests.ts';
import { toldOf } from './told.ts';

const app = await startApp({ env: { OAUTH_PASSWORD_GRANT: 'on' } });
const admin = await app.as('admin', 'ADMIN');
const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { user { id } } }';

/** The events of one request, without what every line has. */
async function eventsOf(work: () => Promise<unknown>) {
  const lines = await toldOf(app, work);
  const [request] = lines.filter(({ msg }) => msg === 'request');
  return lines
    .filter(({ event }) => event)
    .map(({ time, pid, hostname, level, msg, requestId, address, ...event }) => {
      expect({ requestId, address, msg }).toEqual({
        requestId: request?.['requestId'],
        address: '127.0.0.1',
        msg: 'security event',
      });
      return event;
    });
}

test('signing up and signing in, by whichever way', async () => {
  const email = 'ann@example.com';
  const signup = 'mutation ($input: SignupInput!) { signup(input: $input) { user { id } } }';
  const signedUp = await eventsOf(() => app.ask(signup, { input: { email, password: PASSWORD } }));
  const { id: userId } = await app.db.user.findUniqueOrThrow({ where: { email } });
  expect(signedUp).toEqual([{ event: 'SIGNED_UP', userId }]);

  const signedIn = [{ event: 'SIGNED_IN', userId, sessionId: expect.any(String) }];
  expect(await eventsOf(() => app.ask(LOGIN, { input: { email, password: PASSWORD } }))).toEqual(signedIn);
  const form = new URLSearchParams({ username: email, password: PASSWORD });
  const token = () => fetch(`${app.url}/oauth/token`, { method: 'POST', body: form });
  expect(await eventsOf(token)).toEqual(signedIn);
});

test('a failure, with the account: its user, or else the email, but never what is none', async () => {
  const bob = await app.as('bob');
  const fails = (email: string, password: string) => eventsOf(() => app.ask(LOGIN, { input: { email, password } }));
  expect(await fails(bob.email, 'hunter2')).toEqual([{ event: 'SIGN_IN_FAILED', userId: bob.id }]);
  expect(await fails(' Nobody@example.com', 'hunter2')).toEqual([
    { event: 'SIGN_IN_FAILED', email: 'nobody@example.com' },
  ]);
  expect(await fails('hunter2', 'hunter2')).toEqual([{ event: 'SIGN_IN_FAILED' }]);
  const confirm = 'mutation { deleteMe(password: "hunter2") }';
  expect(await eventsOf(() => bob.ask(confirm))).toEqual([{ event: 'SIGN_IN_FAILED', by: bob.id, userId: bob.id }]);
  expect(app.logged.join()).not.toContain('hunter2');
});

test('throttling, with the limit', async () => {
  const input = { email: 'guessed@example.com', password: 'hunter2' };
  for (let n = 0; n < 10; n++) await app.ask(LOGIN, { input });
  expect(await eventsOf(() => app.ask(LOGIN, { input }))).toEqual([
    { event: 'THROTTLED', email: input.email, limit: 'pair' },
  ]);
});

test('the end of a session, by whom and why', async () => {
  const eve = await app.as('eve');
  const [one, two, three] = [
    await signIn(app.url, app, eve.email),
    await signIn(app.url, app, eve.email),
    await signIn(app.url, app, eve.email),
  ];
  const ended = (sessionId: string, reason: string) => ({ event: 'SESSION_ENDED', userId: eve.id, sessionId, reason });
  expect(await eventsOf(() => app.ask(LOGOUT, { token: one.refreshToken }))).toEqual([ended(one.sessionId, 'LOGOUT')]);
  expect(await eventsOf(() => app.ask(LOGOUT, { token: one.refreshToken })), 'once').toEqual([]);
  const revoke = `mutation { revokeSession(id: "${two.sessionId}") }`;
  expect(await eventsOf(() => eve.ask(revoke))).toEqual([{ ...ended(two.sessionId, 'REVOKED'), by: eve.id }]);
  const all = await eventsOf(() => admin.ask(`mutation { revokeUserSessions(userId: "${eve.id}") }`));
  expect(all).toContainEqual({ ...ended(three.sessionId, 'REVOKED'), by: admin.id });
  expect(all).toHaveLength(2);
});

test('a refresh token that is used again', async () => {
  const fay = await app.as('fay');
  const { refreshToken, sessionId } = await signIn(app.url, app, fay.email);
  expect(await eventsOf(() => app.ask(REFRESH, { token: refreshToken })), 'but not once').toEqual([]);
  await app.advance(10_001);
  expect(await eventsOf(() => app.ask(REFRESH, { token: refreshToken }))).toEqual([
    { event: 'REFRESH_REUSED', userId: fay.id, sessionId },
    { event: 'SESSION_ENDED', userId: fay.id, sessionId, reason: 'REUSE' },
  ]);
});

test('a changed password, and a deleted account, with the sessions that ended', async () => {
  const gus = await app.as('gus');
  const other = await signIn(app.url, app, gus.email);
  const change = `mutation { changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "${PASSWORD}!" }) }`;
  const { id: userId } = gus;
  expect(await eventsOf(() => gus.ask(change))).toEqual([
    { event: 'PASSWORD_CHANGED', by: userId, userId },
    { event: 'SESSION_ENDED', by: userId, userId, sessionId: other.sessionId, reason: 'PASSWORD_CHANGED' },
  ]);
  expect(await eventsOf(() => gus.ask(`mutation { deleteMe(password: "${PASSWORD}!") }`))).toEqual([
    { event: 'ACCOUNT_DELETED', by: userId, userId },
    { event: 'SESSION_ENDED', by: userId, userId, sessionId: expect.any(String), reason: 'DELETED' },
  ]);
});

test('another role and another status, by which admin', async () => {
  const hal = await app.as('hal');
  const about = { by: admin.id, userId: hal.id };
  const role = `mutation { setUserRole(userId: "${hal.id}", role: ADMIN) { id } }`;
  expect(await eventsOf(() => admin.ask(role))).toEqual([{ event: 'ROLE_CHANGED', ...about, role: 'ADMIN' }]);
  const status = `mutation { setUserDisabled(userId: "${hal.id}", disabled: true) { id } }`;
  expect(await eventsOf(() => admin.ask(status))).toEqual([
    { event: 'STATUS_CHANGED', ...about, disabled: true },
    { event: 'SESSION_ENDED', ...about, sessionId: expect.any(String), reason: 'DISABLED' },
  ]);
  expect(await eventsOf(() => hal.ask(role)), 'but not what is refused').toEqual([]);
});
