import { expect, test } from 'vitest';
import { pruneSessions } from '../../src/sessions/prune.ts';
import { LOGIN, PASSWORD, startApp } from '../kit/app.ts';
import { startIssuer } from './issuer.ts';

const one = await startIssuer('https://one.example.com');
const two = await startIssuer('https://two.example.com');
const TRUSTED_ISSUERS = JSON.stringify([{ ...one.trusted, roleClaim: 'roles' }, two.trusted]);
const app = await startApp({ env: { TRUSTED_ISSUERS }, preferServer: true });
const root = await app.as('root', 'ADMIN');
const ME = '{ me { id email emailVerified name role } }';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const sign = (claims: object, issuer = one) => issuer.sign(claims, { now: app.now() });
const meOf = async (token: string) => (await app.ask(ME, {}, bearer(token))).data?.me;
const codeOf = (token: string, query = ME) => app.codeOf(query, {}, bearer(token));
const SET_ROLE = 'mutation ($id: ID!, $role: Role!) { setUserRole(userId: $id, role: $role) { id } }';

test('who comes for the first time has an account, and keeps it', async () => {
  const me = await meOf(await sign({ sub: 'ann', name: ' Ann ', email: 'ann@example.com', email_verified: true }));
  expect(me).toMatchObject({ email: 'ann@example.com', emailVerified: true, name: 'Ann', role: 'USER' });
  await app.advance(1000);
  expect((await meOf(await sign({ sub: 'ann' }))).id).toBe(me.id);
  expect(await codeOf(await sign({ sub: 'ann' }), 'mutation { updateMe(input: { name: "Anna" }) { id } }')).toBe(null);
});

test('of twenty first requests at once one opens the account', async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => sign({ sub: 'many', jti: `${n}` })));
  const ids = await Promise.all(tokens.map(async (token) => (await meOf(token)).id));
  expect(new Set(ids).size).toBe(1);
  expect(await app.db.externalIdentity.count({ where: { subject: 'many' } })).toBe(1);
});

test('an email that nobody has shown is not taken over, nor one that has an account: that is never merged', async () => {
  const local = await app.as('local');
  for (const claims of [
    { sub: 'unverified', email: 'new@example.com' },
    { sub: 'said', email: 'new@example.com', email_verified: 'true' },
    { sub: 'taken', email: local.email, email_verified: true },
    { sub: 'none', email: 'no email', email_verified: true },
  ]) {
    const me = await meOf(await sign(claims));
    expect(me).toMatchObject({ email: expect.stringMatching(/^[\w-]+@users\.invalid$/), emailVerified: false });
    expect(me.id).not.toBe(local.id);
  }
});

test('the same subject of another issuer is somebody else', async () => {
  const ids = [await meOf(await sign({ sub: 'same' })), await meOf(await sign({ sub: 'same' }, two))].map(
    ({ id }) => id,
  );
  expect(new Set(ids).size).toBe(2);
});

test('there is no password to such an account, and nobody is told', async () => {
  await meOf(await sign({ sub: 'eva', email: 'eva@example.com', email_verified: true }));
  expect(await app.codeOf(LOGIN, { input: { email: 'eva@example.com', password: PASSWORD } })).toBe(
    'INVALID_CREDENTIALS',
  );
  const token = await sign({ sub: 'eva', auth_time: Math.floor(app.now().getTime() / 1000) });
  expect(await codeOf(token, 'mutation { deleteMe(password: "x") }')).toBe('INVALID_CREDENTIALS');
  await app.advance(1000);
  expect(await codeOf(await sign({ sub: 'old' }), 'mutation { deleteMe(password: "x") }')).toBe(
    'REAUTHENTICATION_REQUIRED',
  );
});

test('a role that is given here holds in the next request, with the same token', async () => {
  const token = await sign({ sub: 'fay' }, two);
  const { id } = await meOf(token);
  expect(await codeOf(token, '{ users { totalCount } }')).toBe('FORBIDDEN');
  await root.ask(SET_ROLE, { id, role: 'ADMIN' });
  expect(await codeOf(token, '{ users { totalCount } }')).toBe(null);
  await root.ask(SET_ROLE, { id, role: 'USER' });
  expect(await codeOf(token, '{ users { totalCount } }')).toBe('FORBIDDEN');
});

test('a role that the issuer gives is followed when it says so anew, and not against what was done here since', async () => {
  const admin = await sign({ sub: 'gus', roles: ['user', 'admin'] });
  const { id, role } = await meOf(admin);
  expect(role).toBe('ADMIN');
  await root.ask(SET_ROLE, { id, role: 'USER' });
  expect((await meOf(admin)).role).toBe('USER');
  await app.advance(2000);
  expect((await meOf(await sign({ sub: 'gus', roles: 'admin' }))).role).toBe('USER');
  await app.advance(2000);
  expect((await meOf(await sign({ sub: 'gus', roles: [] }))).role).toBe('USER');
  await app.advance(2000);
  expect((await meOf(await sign({ sub: 'gus', roles: 'ADMIN' }))).role).toBe('ADMIN');
  // One from before says nothing new.
  expect((await meOf(admin)).role).toBe('ADMIN');
  expect((await meOf(await sign({ sub: 'hal', roles: ['admin'] }, two))).role).toBe('USER');
});

test('who is disabled is let in no more, until they are enabled and sign in there again', async () => {
  const token = await sign({ sub: 'ida' });
  const { id } = await meOf(token);
  const disable = (disabled: boolean) =>
    root.ask('mutation ($id: ID!, $disabled: Boolean!) { setUserDisabled(userId: $id, disabled: $disabled) { id } }', {
      id,
      disabled,
    });
  await disable(true);
  expect(await codeOf(token)).toBe('SESSION_ENDED');
  await app.advance(61_000);
  expect(await codeOf(await sign({ sub: 'ida' }))).toBe('SESSION_ENDED');
  await disable(false);
  expect(await codeOf(token)).toBe('SESSION_ENDED');
  await app.advance(2000);
  expect(await codeOf(await sign({ sub: 'ida' }))).toBe(null);
});

test.each([
  ['logoutAll', 'mutation { logoutAll }'],
  ['logout', 'mutation { logout }'],
])('%s ends it for the tokens that there are, of this sign-in', async (name, mutation) => {
  const sub = `out.${name}`;
  const token = await sign({ sub, sid: 'first' });
  const sessions = (await app.ask('{ sessions { id current } }', {}, bearer(token))).data.sessions;
  expect(sessions).toEqual([{ id: expect.any(String), current: true }]);
  expect(await codeOf(token, mutation)).toBe(null);
  expect(await codeOf(token)).toBe('SESSION_ENDED');
  await app.advance(61_000);
  expect(await codeOf(token)).toBe('SESSION_ENDED');
  expect(await codeOf(await sign({ sub, sid: 'first' }))).toBe('SESSION_ENDED');
  expect(await codeOf(await sign({ sub, sid: 'second' }))).toBe(null);
});

test('without a sid, whatever was issued before signing out is refused, and a later token begins anew', async () => {
  const token = await sign({ sub: 'jon' });
  const [session] = (await app.ask('{ sessions { id } }', {}, bearer(token))).data.sessions;
  await app.ask('mutation ($id: ID!) { revokeSession(id: $id) }', { id: session.id }, bearer(token));
  expect(await codeOf(token)).toBe('SESSION_ENDED');
  expect(await codeOf(await sign({ sub: 'jon', jti: 'at once' }))).toBe('SESSION_ENDED');
  await app.advance(2000);
  expect(await codeOf(await sign({ sub: 'jon' }))).toBe(null);
});

test('an issuer that takes a role back says more than an older token of theirs that still gives it', async () => {
  const user = await sign({ sub: 'mia', roles: [] });
  await meOf(user);
  await app.advance(1000);
  const promoted = await sign({ sub: 'mia', roles: ['admin'] });
  await app.advance(1000);
  expect((await meOf(await sign({ sub: 'mia', roles: [] }))).role).toBe('USER');
  expect((await meOf(promoted)).role).toBe('USER');
});

test('the last admin stays one, whatever the issuer says, until there is another', async () => {
  const other = await startApp({ env: { TRUSTED_ISSUERS } });
  const roleOf = async (roles: string[]) => {
    await other.advance(2000);
    const token = await one.sign({ sub: 'nia', roles }, { now: other.now() });
    return (await other.ask(ME, {}, bearer(token))).data.me.role;
  };
  expect([await roleOf(['admin']), await roleOf([])]).toEqual(['ADMIN', 'ADMIN']);
  await other.as('root', 'ADMIN');
  expect(await roleOf([])).toBe('USER');
});

test('what takes a recent sign-in asks when the token itself says that they signed in', async () => {
  const now = Math.floor(app.now().getTime() / 1000);
  const deleting = async (auth_time: number) =>
    codeOf(await sign({ sub: 'oda', auth_time }), 'mutation { deleteMe(password: "x") }');
  expect(await deleting(now)).toBe('INVALID_CREDENTIALS');
  expect(await deleting(now - 3600)).toBe('REAUTHENTICATION_REQUIRED');
});

test('they have fifty sessions like anybody else: the one longest unused ends', async () => {
  const first = await sign({ sub: 'pia', sid: '0' });
  expect(await codeOf(first)).toBe(null);
  let last = first;
  for (let n = 1; n <= 50; n++) {
    await app.advance(1);
    last = await sign({ sub: 'pia', sid: `${n}` });
    expect(await codeOf(last)).toBe(null);
  }
  const { data } = await app.ask('{ sessions { ipAddress userAgent } }', {}, bearer(last));
  expect(data.sessions).toHaveLength(50);
  expect(data.sessions[0]).toEqual({ ipAddress: '127.0.0.1', userAgent: expect.any(String) });
  expect(await codeOf(first)).toBe('SESSION_ENDED');
});

test('nothing is sent to an address that leads nowhere', async () => {
  const token = await sign({ sub: 'quinn' });
  expect(await codeOf(token, 'mutation { requestEmailConfirmation }')).toBe(null);
  expect(await app.db.mail.count({ where: { to: (await meOf(token)).email } })).toBe(0);
});

test('who was signed out is not let in again once that was long ago', async () => {
  const token = await sign({ sub: 'ria', sid: 'kept' });
  const me = await meOf(token);
  await codeOf(token, 'mutation { logoutAll }');
  const longAgo = new Date(app.now().getTime() - 100 * 86_400_000);
  await app.db.session.updateMany({ where: { userId: me.id }, data: { endedAt: longAgo, idleExpiresAt: longAgo } });
  await pruneSessions(app);
  expect(await codeOf(await sign({ sub: 'ria', sid: 'kept' }))).toBe('SESSION_ENDED');
});

test('another replica feels it', async () => {
  const replica = await startApp({ besides: app, env: { TRUSTED_ISSUERS } });
  const token = await sign({ sub: 'kim' });
  const there = () => replica.codeOf(ME, {}, bearer(token));
  expect([await codeOf(token), await there()]).toEqual([null, null]);
  await codeOf(token, 'mutation { logoutAll }');
  await replica.advance(0);
  expect(await there()).toBe('SESSION_ENDED');
});

test('what they do is in the trail like anybody else', async () => {
  const { id } = await meOf(await sign({ sub: 'leo' }));
  const events = await app.db.securityEvent.findMany({ where: { userId: id }, orderBy: { id: 'asc' } });
  expect(events.map(({ event, address }) => [event, address])).toEqual([
    ['SIGNED_UP', '127.0.0.1'],
    ['SIGNED_IN', '127.0.0.1'],
  ]);
});
