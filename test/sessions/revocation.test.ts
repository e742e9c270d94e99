import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRevocations } from '../../src/sessions/revocations.ts';
import { PASSWORD, startApp } from '../kit/app.ts';
import { bearing, type Device, ME, refreshed, signIn, type Tokens } from '../kit/requests.ts';
import { SOON } from '../kit/soon.ts';

const app = await startApp();
const other = await startApp({ besides: app });
const { advance, as, db, url } = app;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const RENAME = 'updateMe(input: { name: "Renamed" }) { id }';
const CHANGE_PASSWORD = `mutation ($old: String!, $new: String!) {
  changePassword(input: { currentPassword: $old, newPassword: $new })
}`;

/** What ends a session of somebody's, done from another session of theirs or by an admin. */
const ENDINGS: [string, 'user' | 'admin', string, string][] = [
  ['logout', 'user', 'mutation ($token: String!) { logout(input: { refreshToken: $token }) }', 'SESSION_ENDED'],
  ['logoutAll', 'user', 'mutation { logoutAll }', 'SESSION_ENDED'],
  ['revokeSession', 'user', 'mutation ($session: ID!) { revokeSession(id: $session) }', 'SESSION_ENDED'],
  ['changePassword', 'user', CHANGE_PASSWORD, 'SESSION_ENDED'],
  ['deleteMe', 'user', 'mutation ($old: String!) { deleteMe(password: $old) }', 'SESSION_ENDED'],
  ['revokeUserSessions', 'admin', 'mutation ($user: ID!) { revokeUserSessions(userId: $user) }', 'SESSION_ENDED'],
  [
    'setUserDisabled',
    'admin',
    'mutation ($user: ID!) { setUserDisabled(userId: $user, disabled: true) { disabled } }',
    'SESSION_ENDED',
  ],
  [
    'setUserRole',
    'admin',
    'mutation ($user: ID!) { setUserRole(userId: $user, role: ADMIN) { role } }',
    'TOKEN_EXPIRED',
  ],
];

test.each(ENDINGS)(
  'after %s the next request is refused, and at another process once it has read',
  async (name, by, document, code) => {
    const { id, email } = await as(`${name}-victim`.toLowerCase());
    const [device, hand] = [
      await signIn(url, app, email),
      by === 'admin' ? await as('root', 'ADMIN') : await signIn(url, app, email),
    ];
    expect(await bearing(other, device.accessToken).codeOf(ME)).toBeNull();

    const variables = {
      token: device.refreshToken,
      session: device.sessionId,
      old: PASSWORD,
      new: `${PASSWORD}!`,
      user: id,
    };
    expect(await hand.codeOf(document, variables)).toBeNull();
    expect(await device.ask(ME)).toMatchObject({ status: 401, data: null, errors: [{ extensions: { code } }] });
    expect((await device.ask('{ viewer { id } }')).data).toEqual({ viewer: null });
    await other.advance(0);
    expect(await bearing(other, device.accessToken).codeOf(ME)).toBe(code);

    const late = await startApp({ besides: app });
    expect(await bearing(late, device.accessToken).codeOf(ME)).toBe(code);
    await late.stop();
    for (const replica of [app, other]) {
      const answer = await refreshed(replica, device.refreshToken);
      if (code === 'SESSION_ENDED') expect(answer).toBe('REFRESH_REJECTED');
      else expect(answer).toMatchObject({ user: { role: 'ADMIN' } });
    }
  },
);

test('another process knows by itself within a second', async () => {
  const device = await signInAs('ann');
  await device.ask('mutation { logout }');
  const since = performance.now();
  while ((await bearing(other, device.accessToken).codeOf(ME)) === null) {
    expect(performance.now() - since).toBeLessThan(SOON);
    await sleep(10);
  }
});

test('whoever is demoted has a new token’s rights, not the old one’s, and loses no session', async () => {
  const [root, eve] = [await as('root', 'ADMIN'), await as('eve', 'ADMIN')];
  const users = '{ users { totalCount } }';
  expect(await eve.codeOf(users)).toBeNull();
  await root.ask('mutation ($id: ID!) { setUserRole(userId: $id, role: USER) { id } }', { id: eve.id });
  expect(await eve.codeOf(users)).toBe('TOKEN_EXPIRED');

  const tokens = (await refreshed(app, eve.refreshToken)) as Tokens;
  await other.advance(0);
  for (const replica of [app, other]) {
    expect((await bearing(replica, tokens.accessToken).ask(ME)).data.me.role).toBe('USER');
    expect(await bearing(replica, tokens.accessToken).codeOf(users)).toBe('FORBIDDEN');
    expect(await bearing(replica, eve.accessToken).codeOf(users)).toBe('TOKEN_EXPIRED');
  }
});

test('whoever changes the password stays, and only the new password counts', async () => {
  const device = await signInAs('pat');
  const change = { old: PASSWORD, new: 'another battery staple' };
  expect(await device.codeOf(CHANGE_PASSWORD, change)).toBeNull();
  expect(await device.codeOf(ME)).toBeNull();
  expect(await device.codeOf(CHANGE_PASSWORD, change)).toBe('INVALID_CREDENTIALS');
});

test('whoever changes the password gets the next tokens; a copy of those before is of no use, and ends nothing', async () => {
  for (const document of [
    CHANGE_PASSWORD,
    `mutation ($old: String!, $new: String!) {
      changePasswordAndRefresh(input: { currentPassword: $old, newPassword: $new }) { accessToken refreshToken }
    }`,
  ]) {
    const { email } = await as(`pam${document.length}`);
    const device = await signIn(url, app, email);
    const before = (await refreshed(app, device.refreshToken)) as Tokens;
    const { data } = await device.ask(document, { old: PASSWORD, new: 'another battery staple' });
    for (const copy of [before, device]) expect(await refreshed(app, copy.refreshToken)).toBe('REFRESH_REJECTED');
    await advance(0);
    expect(await device.codeOf(ME), 'the session lives').toBeNull();
    if (document === CHANGE_PASSWORD) continue;
    const tokens: Tokens = data.changePasswordAndRefresh;
    expect(await bearing(other, tokens.accessToken).codeOf(ME)).toBeNull();
    for (let twice = 0; twice < 2; twice++) {
      expect(await refreshed(app, tokens.refreshToken)).toMatchObject({ user: { id: expect.any(String) } });
    }
  }
});

describe('in one document each mutation sees what the ones before it did', () => {
  test.each([
    ['logout', 'mutation { logout RENAME }', 'SESSION_ENDED'],
    ['logoutAll', 'mutation { logoutAll RENAME }', 'SESSION_ENDED'],
    ['revokeSession', 'mutation ($session: ID!) { revokeSession(id: $session) RENAME }', 'SESSION_ENDED'],
    ['deleteMe', 'mutation ($old: String!) { deleteMe(password: $old) RENAME }', 'SESSION_ENDED'],
    ['setUserRole', 'mutation ($user: ID!) { setUserRole(userId: $user, role: USER) { id } RENAME }', 'TOKEN_EXPIRED'],
    [
      'setUserDisabled',
      'mutation ($user: ID!) { setUserDisabled(userId: $user, disabled: true) { id } RENAME }',
      'SESSION_ENDED',
    ],
    ['revokeUserSessions', 'mutation ($user: ID!) { revokeUserSessions(userId: $user) RENAME }', 'SESSION_ENDED'],
  ])('after %s the next one is refused', async (name, document, code) => {
    await as('root', 'ADMIN');
    const { id, email } = await as(`${name}-self`.toLowerCase(), 'ADMIN');
    const device = await signIn(url, app, email);
    const variables = { session: device.sessionId, old: PASSWORD, user: id };
    const { errors } = await device.ask(document.replace('RENAME', RENAME), variables);
    expect(errors?.map(({ extensions }) => extensions.code)).toContain(code);
    expect(await db.user.count({ where: { id, name: 'Renamed' } })).toBe(0);
  });

  test('after ending all other sessions, or changing the password, the next one goes on', async () => {
    const device = await signInAs('pia');
    const { data } = await device.ask(`mutation { logoutAll(exceptCurrent: true) ${RENAME} }`);
    expect(data.updateMe.id).toBeTypeOf('string');
  });
});

test('a session that ended is refused for as long as its access token lives, and not a moment less', async () => {
  const device = await signInAs('ann');
  await device.ask('mutation { logout }');
  for (let minute = 1; minute < 15; minute++) {
    await other.advance(MINUTE);
    for (const replica of [app, other])
      expect(await bearing(replica, device.accessToken).codeOf(ME)).toBe('SESSION_ENDED');
  }
  await other.advance(MINUTE);
  expect(await device.codeOf(ME)).toBe('TOKEN_EXPIRED');
});

test('a clock that was ahead and is put back brings no ended session to life, nor an old right', async () => {
  const [device, root, eve] = [await signInAs('ann'), await as('root', 'ADMIN'), await as('zoe', 'ADMIN')];
  const admin = await signIn(url, app, root.email);
  await device.ask('mutation { logout }');
  await admin.ask('mutation ($id: ID!) { setUserRole(userId: $id, role: USER) { id } }', { id: eve.id });
  await other.advance(60 * MINUTE);
  await other.advance(-60 * MINUTE);
  for (const replica of [app, other]) {
    expect(await bearing(replica, device.accessToken).codeOf(ME)).toBe('SESSION_ENDED');
    expect(await bearing(replica, eve.accessToken).codeOf(ME)).toBe('TOKEN_EXPIRED');
    expect(await bearing(replica, admin.accessToken).codeOf(ME)).toBeNull();
  }
});

test.each([
  ['behind', -45 * SECOND],
  ['ahead', 45 * SECOND],
])('what a process ends whose clock is %s is felt by the others, and what they end by it', async (_where, skew) => {
  const skewed = { ...app, now: () => new Date(app.now().getTime() + skew) };
  const [device, sue] = [await signInAs('ann'), await signInAs('sue')];
  const away = await startApp({ besides: skewed });
  const hand = await signIn(away.url, away, (await as('ann')).email);
  await hand.ask('mutation { logoutAll }');
  await advance(0);
  expect(await device.codeOf(ME)).toBe('SESSION_ENDED');
  expect(await sue.codeOf(ME)).toBeNull();

  const there = await signIn(away.url, away, (await as('sue')).email);
  expect(await there.codeOf(ME)).toBeNull();
  await sue.ask('mutation { logoutAll }');
  await away.advance(0);
  expect(await there.codeOf(ME)).toBe('SESSION_ENDED');
  await away.stop();
});

describe('when the feed cannot be read', () => {
  let device: Device;
  beforeAll(async () => {
    device = await signInAs('ann');
  });

  test('requests go on for 10 seconds without a look at sessions, then they are refused, public fields excepted', async () => {
    await withoutFeed(async () => {
      await later(10 * SECOND);
      expect(await device.codeOf(ME)).toBeNull();
      await later(1);
      expect(await device.ask(ME)).toMatchObject({
        ...{ status: 503, data: null },
        errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
      });
      expect(await device.ask('{ viewer { id } }')).toMatchObject({ status: 200, data: { viewer: null } });
      expect(await app.codeOf(ME)).toBe('UNAUTHENTICATED');
    });
    await advance(0);
    expect(await device.codeOf(ME)).toBeNull();
  });

  test('a clock that is put back does not hide how long that has been', async () => {
    await withoutFeed(async () => {
      await later(-10 * SECOND - 1);
      expect(await device.codeOf(ME)).toBe('SERVICE_UNAVAILABLE');
    });
    await advance(10 * SECOND + 1);
    expect(await device.codeOf(ME)).toBeNull();
  });

  async function withoutFeed(work: () => Promise<void>) {
    await advance(0);
    await db.$executeRaw`ALTER TABLE "Revocation" RENAME TO "Away"`;
    await work().finally(() => db.$executeRaw`ALTER TABLE "Away" RENAME TO "Revocation"`);
  }
  const later = (milliseconds: number) => expect(advance(milliseconds)).rejects.toThrow();
});

test('a reading that began earlier and ends later makes nothing that is known older', async () => {
  const revocations = createRevocations(15 * MINUTE);
  const at = (seconds: number) => new Date(app.now().getTime() + seconds * SECOND);
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow = new Proxy(db, {
    get: (_db, name) =>
      name === '$queryRaw' ? (...query: [never]) => answered.then(() => db.$queryRaw(...query)) : null,
  });
  const earlier = revocations.read(slow, at(0));
  await revocations.read(db, at(9));
  answer();
  await earlier;
  const claims = {
    userId: 'u',
    sessionId: 's',
    role: 'USER',
    emailVerified: false,
    rightsVersion: 0,
    authenticatedAt: null,
    expiresAt: at(900),
  } as const;
  expect(revocations.objection(claims, at(19))).toBeNull();
  expect(revocations.objection(claims, at(19.001))).toBe('SERVICE_UNAVAILABLE');
});

test('what was not committed has ended nothing', async () => {
  await db.$executeRaw`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$`;
  await db.$executeRaw`CREATE TRIGGER fail BEFORE DELETE ON "User" EXECUTE FUNCTION fail()`;
  const [device, here] = [await signInAs('ann'), await signInAs('ann')];
  const deletion = 'mutation ($password: String!) { deleteMe(password: $password) }';
  expect(await here.codeOf(deletion, { password: PASSWORD })).toBe('INTERNAL_SERVER_ERROR');
  await db.$executeRaw`DROP TRIGGER fail ON "User"`;
  for (const one of [device, here]) {
    expect(await one.codeOf(ME)).toBeNull();
    expect(await refreshed(app, one.refreshToken)).toBeTypeOf('object');
  }
  expect(await here.codeOf(deletion, { password: PASSWORD })).toBeNull();
});

async function signInAs(name: string) {
  const { email } = await as(name);
  return signIn(url, app, email);
}
