import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { administer } from '../../src/admin/command.ts';
import { LOGIN, PASSWORD, type Person, startApp } from '../kit/app.ts';
import { serverUrl } from '../kit/postgres.ts';
import { ME, refreshed, signIn } from '../kit/requests.ts';

const app = await startApp({ preferServer: true });
const { as, ask, codeOf, db, now, url } = app;
/** With embedded storage, where nothing races, one of each kind shows that it works at all. */
const ROUNDS = serverUrl ? 9 : 1;
const ROLE = 'mutation ($id: ID!, $role: Role!) { setUserRole(userId: $id, role: $role) { id role } }';
const DISABLED = `mutation ($id: ID!, $disabled: Boolean!) {
  setUserDisabled(userId: $id, disabled: $disabled) { id disabled }
}`;
const REVOKE = 'mutation ($id: ID!) { revokeUserSessions(userId: $id) }';
const DELETE_ME = 'mutation ($password: String!) { deleteMe(password: $password) }';

test('an admin makes somebody an admin, and takes it back', async () => {
  const [root, ann] = [await as('root', 'ADMIN'), await as('ann')];
  for (const role of ['ADMIN', 'USER']) {
    expect((await root.ask(ROLE, { id: ann.id, role })).data.setUserRole).toEqual({ id: ann.id, role });
    expect((await ask(LOGIN, { input: { email: ann.email, password: PASSWORD } })).data.login.user.role).toBe(role);
  }
});

test('a role that somebody has already is no change: their tokens go on', async () => {
  const [root, bob] = [await as('root', 'ADMIN'), await as('bob')];
  expect((await root.ask(ROLE, { id: bob.id, role: 'USER' })).data.setUserRole.role).toBe('USER');
  expect((await root.ask(DISABLED, { id: bob.id, disabled: false })).data.setUserDisabled.disabled).toBe(false);
  expect(await bob.codeOf(ME)).toBeNull();
});

test('somebody disabled is out and is answered as for a wrong password, until an admin enables them', async () => {
  const [root, cat] = [await as('root', 'ADMIN'), await as('cat')];
  const login = (password: string) => ask(LOGIN, { input: { email: cat.email, password } });
  expect((await root.ask(DISABLED, { id: cat.id, disabled: true })).data.setUserDisabled.disabled).toBe(true);
  expect(await cat.codeOf(ME)).toBe('SESSION_ENDED');
  const [right, wrong] = [await login(PASSWORD), await login('no such password')];
  expect({ ...right, headers: null }).toEqual({ ...wrong, headers: null });
  expect(right.errors?.[0]?.extensions).toEqual({ code: 'INVALID_CREDENTIALS' });

  await root.ask(DISABLED, { id: cat.id, disabled: false });
  expect((await login(PASSWORD)).data.login.user.id).toBe(cat.id);
  expect(await refreshed(app, cat.refreshToken)).toBe('REFRESH_REJECTED');
});

test('an admin ends all sessions of a user, is told how many, and ends nobody else’s', async () => {
  const [root, dan, eve] = [await as('root', 'ADMIN'), await as('dan'), await as('eve')];
  const other = await signIn(url, app, dan.email);
  expect((await root.ask(REVOKE, { id: dan.id })).data).toEqual({ revokeUserSessions: 2 });
  expect((await root.ask(REVOKE, { id: dan.id })).data).toEqual({ revokeUserSessions: 0 });
  for (const ended of [dan, other]) expect(await ended.codeOf(ME)).toBe('SESSION_ENDED');
  for (const kept of [eve, root]) expect(await kept.codeOf(ME)).toBeNull();
});

test('a user who does not exist is NOT_FOUND; whoever is no admin learns nothing and changes nothing', async () => {
  const [root, fay] = [await as('root', 'ADMIN'), await as('fay')];
  for (const document of [ROLE, DISABLED, REVOKE]) {
    for (const id of [randomUUID(), 'x', '', '\0']) {
      expect(await root.codeOf(document, { id, role: 'USER', disabled: true })).toBe('NOT_FOUND');
    }
    for (const id of [randomUUID(), root.id, fay.id]) {
      const variables = { id, role: 'ADMIN', disabled: true };
      expect(await fay.codeOf(document, variables)).toBe('FORBIDDEN');
      expect(await codeOf(document, variables)).toBe('UNAUTHENTICATED');
    }
  }
  expect((await fay.ask(ME)).data.me.role).toBe('USER');
});

test('the last enabled admin can be neither demoted, disabled nor deleted, and a disabled one does not count', async () => {
  const root = await as('root', 'ADMIN');
  const idle = await as('idle', 'ADMIN');
  expect(await root.codeOf(DISABLED, { id: idle.id, disabled: true })).toBeNull();
  for (const [document, variables] of [
    [ROLE, { id: root.id, role: 'USER' }],
    [DISABLED, { id: root.id, disabled: true }],
    [DELETE_ME, { password: PASSWORD }],
  ] as const) {
    expect(await root.codeOf(document, variables)).toBe('BAD_USER_INPUT');
  }
  const { errors } = await root.ask(DELETE_ME, { password: PASSWORD });
  expect(errors?.[0]?.extensions).toEqual({
    code: 'BAD_USER_INPUT',
    reason: 'You are the last enabled admin: make somebody else an admin first.',
  });
  for (const action of ['revoke', 'disable', 'delete'] as const) {
    const refused = administer(db, action, root.email, async () => true, now());
    await expect(refused, action).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  }
  expect((await root.ask(ME)).data.me.role).toBe('ADMIN');

  const second = await as('second', 'ADMIN');
  for (const role of ['USER', 'ADMIN']) expect(await second.codeOf(ROLE, { id: root.id, role })).toBeNull();
});

test('of two admins who demote, disable or delete one another at once, one stays', async () => {
  const ways = (by: Person, of: Person): (() => Promise<unknown>)[] => [
    () => by.ask(ROLE, { id: of.id, role: 'USER' }),
    () => by.ask(DISABLED, { id: of.id, disabled: true }),
    () => of.ask(DELETE_ME, { password: PASSWORD }),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    await db.user.updateMany({ where: { role: 'ADMIN' }, data: { role: 'USER' } });
    const [one, two] = [await as(`one${round}`, 'ADMIN'), await as(`two${round}`, 'ADMIN')];
    await Promise.all([ways(one, two)[round % 3]?.(), ways(two, one)[Math.floor(round / 3)]?.()]);
    expect(await db.user.count({ where: { role: 'ADMIN', disabled: false } })).toBe(1);
  }
}, 60_000);

test('who is demoted and disabled at once is both', async () => {
  await as('root', 'ADMIN');
  await db.user.update({ where: { email: 'root@example.com' }, data: { role: 'ADMIN' } });
  const root = await signIn(url, app, 'root@example.com');
  for (let round = 0; round < ROUNDS; round++) {
    const { id } = await as(`both${round}`, 'ADMIN');
    const demotion = () => root.codeOf(ROLE, { id, role: 'USER' });
    const answers = await Promise.all([demotion(), root.codeOf(DISABLED, { id, disabled: true }), demotion()]);
    expect(answers).toEqual([null, null, null]);
    const user = await db.user.findUnique({ where: { id } });
    expect(user).toMatchObject({ role: 'USER', disabled: true, rightsVersion: 3 });
  }
}, 60_000);

test.each([
  ['grant', 'is an admin', 'TOKEN_EXPIRED'],
  ['revoke', 'is no admin any more', 'TOKEN_EXPIRED'],
  ['disable', 'is disabled', 'SESSION_ENDED'],
  ['delete', 'is deleted', 'SESSION_ENDED'],
] as const)('the command %s is felt by a running server', async (action, done, code) => {
  await as('root', 'ADMIN');
  await db.user.update({ where: { email: 'root@example.com' }, data: { role: 'ADMIN' } });
  const gus = await as(`gus-${action}`, action === 'revoke' ? 'ADMIN' : 'USER');
  const found: string[] = [];
  const agree = async (who: string) => found.push(who) > 0;
  expect(await administer(db, action, gus.email.toUpperCase(), agree, now())).toBe(`${gus.email} ${done}.`);
  expect(found).toEqual([expect.stringMatching(`^${gus.email} \\("gus-${action}", (user|admin), signed up on`)]);
  await app.advance(0);
  expect(await gus.codeOf(ME)).toBe(code);
  const answer = await refreshed(app, gus.refreshToken);
  if (code === 'SESSION_ENDED') expect(answer).toBe('REFRESH_REJECTED');
  else expect(answer).toMatchObject({ user: { role: action === 'grant' ? 'ADMIN' : 'USER' } });
});

test('the command enable lets somebody sign in again, and the sessions from before stay ended', async () => {
  const hal = await as('hal');
  const login = () => app.codeOf(LOGIN, { input: { email: hal.email, password: PASSWORD } });
  for (const [action, code] of [
    ['disable', 'INVALID_CREDENTIALS'],
    ['enable', null],
  ] as const) {
    await administer(db, action, hal.email, async () => true, now());
    expect(await login()).toBe(code);
  }
  await app.advance(0);
  expect(await hal.codeOf(ME)).toBe('SESSION_ENDED');
  expect(await refreshed(app, hal.refreshToken)).toBe('REFRESH_REJECTED');
});

test('a command that is not agreed to, or is about nobody, does nothing', async () => {
  const ian = await as('ian');
  await expect(administer(db, 'delete', ian.email, async () => false, now())).rejects.toThrow('Nothing was changed.');
  for (const email of ['nobody@example.com', 'no email']) {
    await expect(administer(db, 'delete', email, async () => true, now())).rejects.toThrow('Nobody has signed up');
  }
  expect(await ian.codeOf(ME)).toBeNull();
});
