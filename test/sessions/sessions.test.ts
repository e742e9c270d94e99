import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { pruneRateLimits } from '../../src/auth/rate-limits.ts';
import { pruneSessions } from '../../src/sessions/prune.ts';
import { LOGIN, PASSWORD, startApp } from '../kit/app.ts';
import { type Device, LOGOUT, ME, REFRESH, refreshed, SESSIONS, signIn } from '../kit/requests.ts';

const app = await startApp();
const { advance, as, db, url } = app;
const DAY = 86_400_000;
const REVOKE = 'mutation ($id: ID!) { revokeSession(id: $id) }';
const LOGOUT_ALL = 'mutation ($except: Boolean!) { logoutAll(exceptCurrent: $except) }';

test('the list holds one’s own live sessions, newest first, with where each comes from and which one asks', async () => {
  const phone = await signInAs('ann', { 'user-agent': `phone ${'x'.repeat(600)}` });
  await advance(1000);
  const laptop = await signInAs('ann', { 'user-agent': 'laptop' });
  await signInAs('bob');
  const signedUp = app.now().toISOString();

  const { data } = await laptop.ask(SESSIONS);
  expect(data.sessions.slice(0, 2)).toEqual([
    {
      ...{ id: laptop.sessionId, current: true, userAgent: 'laptop', ipAddress: '127.0.0.1' },
      ...{
        createdAt: signedUp,
        lastUsedAt: signedUp,
        expiresAt: new Date(app.now().getTime() + 7 * DAY).toISOString(),
      },
    },
    expect.objectContaining({
      ...{ id: phone.sessionId, current: false, ipAddress: '127.0.0.1' },
      userAgent: `phone ${'x'.repeat(494)}`,
    }),
  ]);
  expect(data.sessions).toHaveLength(3);
  expect((await phone.ask(SESSIONS)).data.sessions.find((one: { current: boolean }) => one.current).id).toBe(
    phone.sessionId,
  );
  expect(await app.codeOf(SESSIONS)).toBe('UNAUTHENTICATED');
});

test('of more than 50 live sessions the one longest unused ends, here and in the list, and is told of; others lose none', async () => {
  const bystander = await signInAs('ivy');
  const unused = await signInAs('hal');
  await advance(1000);
  const refreshedOne = await signInAs('hal');
  // The one of the sign-up has been longest unused, and goes before.
  for (let n = 0; n < 47; n += 1) await signInAs('hal');
  await advance(1000);
  expect(await app.codeOf(REFRESH, { token: refreshedOne.refreshToken })).toBeNull();
  expect((await unused.ask(SESSIONS)).data.sessions).toHaveLength(50);
  await signInAs('hal');
  expect(await unused.codeOf(ME)).toBeNull();
  const newest = await signInAs('hal');
  expect(await unused.codeOf(ME)).toBe('SESSION_ENDED');
  expect(await app.codeOf(REFRESH, { token: unused.refreshToken })).toBe('REFRESH_REJECTED');
  expect((await newest.ask(SESSIONS)).data.sessions).toHaveLength(50);
  expect(await refreshedOne.codeOf(ME)).toBeNull();
  expect(await bystander.codeOf(ME)).toBeNull();
  const told = app.logged.map((line) => JSON.parse(line)).filter(({ reason }) => reason === 'TOO_MANY');
  expect(told).toHaveLength(2);
  expect(told[1]).toMatchObject({ event: 'SESSION_ENDED', sessionId: unused.sessionId });
});

test('however many sign in at once, 50 sessions live', async () => {
  const { id, email } = await as('joy');
  const input = { email, password: PASSWORD };
  await Promise.all(Array.from({ length: 60 }, () => app.ask(LOGIN, { input })));
  expect(await db.session.count({ where: { userId: id, endedAt: null } })).toBe(50);
});

test('a refresh shows in the list, and a session that ended or expired is not in it', async () => {
  const [kept, idle, ended] = [await signInAs('cat'), await signInAs('cat'), await signInAs('cat')];
  await app.ask(LOGOUT, { token: ended.refreshToken });
  await advance(6 * DAY);
  const tokens = await refreshed(app, kept.refreshToken);
  const renewed = app.now().getTime();
  await advance(DAY);
  const other = await signInAs('cat');
  const { sessions } = (await other.ask(SESSIONS)).data;
  expect(tokens).toBeTypeOf('object');
  expect(sessions.map(({ id }: { id: string }) => id)).toEqual([other.sessionId, kept.sessionId]);
  expect(sessions[1]).toMatchObject({
    lastUsedAt: new Date(renewed).toISOString(),
    expiresAt: new Date(renewed + 7 * DAY).toISOString(),
  });
  expect(await idle.codeOf(ME)).toBe('TOKEN_EXPIRED');
});

test('somebody ends one of their sessions, once, and it is out on its next request', async () => {
  const [here, there] = [await signInAs('ann'), await signInAs('ann')];
  expect(await ask(here, REVOKE, { id: there.sessionId })).toEqual({ revokeSession: true });
  expect(await there.codeOf(ME)).toBe('SESSION_ENDED');
  expect(await here.codeOf(ME)).toBeNull();
  expect(await ask(here, REVOKE, { id: there.sessionId })).toEqual({ revokeSession: false });
});

test('somebody else’s session and one that does not exist are answered alike, and nothing ends', async () => {
  const [ann, bob] = [await signInAs('ann'), await signInAs('bob')];
  for (const id of [ann.sessionId, randomUUID(), 'x', '', ann.sessionId.toUpperCase()]) {
    expect(await bob.ask(REVOKE, { id })).toMatchObject({ status: 200, data: { revokeSession: false } });
  }
  expect(await ann.codeOf(ME)).toBeNull();
  expect(await app.codeOf(REVOKE, { id: ann.sessionId })).toBe('UNAUTHENTICATED');
});

test('somebody ends all of their sessions but this one, then this one too, and is told how many there were', async () => {
  const [one, two, three] = [await signInAs('dan'), await signInAs('dan'), await signInAs('dan')];
  const bob = await signInAs('bob');
  // The first is from signing up.
  expect(await ask(one, LOGOUT_ALL, { except: true })).toEqual({ logoutAll: 3 });
  expect([await one.codeOf(ME), await two.codeOf(ME), await three.codeOf(ME)]).toEqual([
    null,
    'SESSION_ENDED',
    'SESSION_ENDED',
  ]);
  expect(await ask(one, LOGOUT_ALL, { except: false })).toEqual({ logoutAll: 1 });
  expect(await one.codeOf(ME)).toBe('SESSION_ENDED');
  expect(await bob.codeOf(ME)).toBeNull();
});

test('logging out counts no session that has expired already', async () => {
  await signInAs('eve');
  await advance(7 * DAY);
  expect(await ask(await signInAs('eve'), LOGOUT_ALL, { except: false })).toEqual({ logoutAll: 1 });
});

test('logging out by access token or by refresh token ends that session alone, however often', async () => {
  const [byAccess, byRefresh, other] = [await signInAs('ann'), await signInAs('ann'), await signInAs('ann')];
  for (const _time of [1, 2]) {
    expect(await ask(byAccess, 'mutation { logout }')).toEqual({ logout: true });
    expect((await app.ask(LOGOUT, { token: byRefresh.refreshToken })).data).toEqual({ logout: true });
  }
  for (const device of [byAccess, byRefresh]) {
    expect(await device.codeOf(ME)).toBe('SESSION_ENDED');
    expect(await app.codeOf(LOGOUT, { token: device.refreshToken })).toBeNull();
  }
  expect(await other.codeOf(ME)).toBeNull();
});

test('logging out with nothing of ours is no error, and ends nothing', async () => {
  const device = await signInAs('ann');
  expect((await app.ask('mutation { logout }')).data).toEqual({ logout: true });
  for (const token of ['', 'x', `${device.refreshToken}x`]) {
    expect((await app.ask(LOGOUT, { token })).data).toEqual({ logout: true });
  }
  expect(await device.codeOf(ME)).toBeNull();
});

test('ended and expired sessions are forgotten after 30 days, live ones never, by any number of replicas at once', async () => {
  const { id: userId } = await as('ann');
  const day = (days: number) => new Date(app.now().getTime() + days * DAY);
  const insert = (count: number, idleExpiresAt: Date, endedAt: Date | null = null) => db.$executeRaw`
    INSERT INTO "Session" (id, "userId", "createdAt", "lastUsedAt", "idleExpiresAt", "absoluteExpiresAt", "endedAt")
    SELECT gen_random_uuid(), ${userId}::uuid, ${day(-60)}, ${day(-60)}, ${idleExpiresAt}, ${day(9)}, ${endedAt}
    FROM generate_series(1, ${count})`;
  await insert(1, day(1));
  await insert(1, day(-29.9));
  await insert(1, day(7), day(-29.9));
  const kept = await db.session.findMany({ where: { createdAt: day(-60) }, select: { id: true } });
  await insert(6000, day(-30.1));
  await insert(10, day(7), day(-30.1));
  await db.rateLimit.createMany({
    data: [
      { key: 'past', points: 1, expire: day(-1).getTime() },
      { key: 'present', points: 1, expire: day(1).getTime() },
    ],
  });

  const prune = () => Promise.all([pruneSessions(app), pruneRateLimits(db, app.now())]);
  await Promise.all([prune(), prune(), prune()]);
  const left = await db.session.findMany({ where: { createdAt: day(-60) }, select: { id: true } });
  expect(kept).toHaveLength(3);
  expect(new Set(left)).toEqual(new Set(kept));
  expect(await db.rateLimit.count({ where: { key: 'past' } })).toBe(0);
  expect(await db.rateLimit.count({ where: { key: 'present' } })).toBe(1);
});

async function signInAs(name: string, headers = {}) {
  const { email } = await as(name);
  return signIn(url, app, email, headers);
}

const ask = async (device: Device, query: string, variables = {}) => (await device.ask(query, variables)).data;
