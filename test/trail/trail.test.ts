import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Transaction } from '../../src/db/database.ts';
import { Prisma } from '../../src/db/generated/client.ts';
import { eventPage } from '../../src/trail/list.ts';
import { pruneTrail } from '../../src/trail/note.ts';
import { LOGIN, PASSWORD, type Person, SIGNUP, startApp } from '../kit/app.ts';
import { everyRow } from '../kit/reach.ts';

const app = await startApp();
const MINE = `query ($first: Int, $after: String) {
  mySecurityEvents(first: $first, after: $after) {
    totalCount
    nodes { id event outcome occurredAt detail address userAgent requestId byOther }
    pageInfo { hasNextPage endCursor }
  }
}`;
const ALL = `query ($filter: SecurityEventFilter) {
  securityEvents(filter: $filter, first: 100) { nodes { event user { id } by { id } detail } }
}`;
const DAY = 86_400_000;
const root = await app.as('root', 'ADMIN');

const rowsOf = (userId: string) => app.db.securityEvent.findMany({ where: { userId }, orderBy: { id: 'asc' } });
const kindsOf = async (userId: string) =>
  (await rowsOf(userId)).map(({ event, detail }) => [event, detail].filter(Boolean).join(' '));

test('an act leaves who, on whom, what, when, from where, with what, in which request, and how it went', async () => {
  const input = { email: 'ann@example.com', password: PASSWORD };
  const answer = await app.ask(SIGNUP, { input }, { 'user-agent': 'Sextant/1.0' });
  const userId = answer.data.signup.user.id;
  expect(await rowsOf(userId)).toEqual([
    {
      id: expect.any(String),
      event: 'SIGNED_UP',
      outcome: 'SUCCEEDED',
      userId,
      byId: userId,
      occurredAt: app.now(),
      address: '127.0.0.1',
      userAgent: 'Sextant/1.0',
      requestId: answer.headers.get('x-request-id'),
      sessionId: null,
      detail: null,
    },
  ]);
});

test('each act on an account is there once, and nothing that was undone', async () => {
  const bob = await app.as('bob');
  const login = (password: string) => app.ask(LOGIN, { input: { email: bob.email, password } });
  await login('wrong');
  const { data } = await login(PASSWORD);
  const two = { authorization: `Bearer ${data.login.accessToken}` };
  await app.ask('mutation ($p: String!) { reauthenticate(password: $p) { expiresIn } }', { p: PASSWORD }, two);
  await app.ask('mutation { logout }', {}, two);
  const change = `mutation { changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "${PASSWORD} too" }) }`;
  await bob.ask(change);
  const SET_ROLE = 'mutation ($id: ID!) { setUserRole(userId: $id, role: ADMIN) { id } }';
  await app.db.$executeRaw`ALTER TABLE "Mail" ADD CONSTRAINT no_mail CHECK (template <> 'ROLE_CHANGED') NOT VALID`;
  expect(await root.codeOf(SET_ROLE, { id: bob.id })).toBe('INTERNAL_SERVER_ERROR');
  await app.db.$executeRaw`ALTER TABLE "Mail" DROP CONSTRAINT no_mail`;
  await root.ask(SET_ROLE, { id: bob.id });
  await root.ask('mutation ($id: ID!) { setUserDisabled(userId: $id, disabled: true) { id } }', { id: bob.id });
  expect(await kindsOf(bob.id)).toEqual([
    'SIGNED_UP',
    'SIGN_IN_FAILED',
    'SIGNED_IN',
    'REAUTHENTICATED',
    'SESSION_ENDED LOGOUT',
    'PASSWORD_CHANGED',
    'ROLE_CHANGED ADMIN',
    'STATUS_CHANGED DISABLED',
    'SESSION_ENDED DISABLED',
  ]);
  const [failed] = await app.db.securityEvent.findMany({ where: { userId: bob.id, event: 'SIGN_IN_FAILED' } });
  expect(failed).toMatchObject({ outcome: 'FAILED', byId: null });
  const [role] = await app.db.securityEvent.findMany({ where: { userId: bob.id, event: 'ROLE_CHANGED' } });
  expect(role?.byId).toBe(root.id);
});

test('what cannot be noted is not done', async () => {
  const cat = await app.as('cat');
  await app.db
    .$executeRaw`ALTER TABLE "SecurityEvent" ADD CONSTRAINT nothing_more CHECK (event <> 'PASSWORD_CHANGED' AND event <> 'ROLE_CHANGED') NOT VALID`;
  const change = `mutation { changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "${PASSWORD} too" }) }`;
  expect(await cat.codeOf(change)).toBe('INTERNAL_SERVER_ERROR');
  expect(
    await root.codeOf('mutation ($id: ID!) { setUserRole(userId: $id, role: ADMIN) { id } }', { id: cat.id }),
  ).toBe('INTERNAL_SERVER_ERROR');
  await app.db.$executeRaw`ALTER TABLE "SecurityEvent" DROP CONSTRAINT nothing_more`;
  expect(await app.codeOf(LOGIN, { input: { email: cat.email, password: PASSWORD } })).toBe(null);
  expect((await app.db.user.findUnique({ where: { id: cat.id } }))?.role).toBe('USER');
});

test('nobody changes or takes away what was noted, by plain SQL either', async () => {
  for (const sql of [
    `UPDATE "SecurityEvent" SET event = 'NOTHING'`,
    'DELETE FROM "SecurityEvent"',
    'TRUNCATE "SecurityEvent"',
  ]) {
    await expect(app.db.$executeRawUnsafe(sql)).rejects.toThrow('Security events are only ever added.');
  }
});

test('everybody sees their own, newest first, page by page; and nobody but an admin those of others', async () => {
  const dan = await app.as('dan');
  for (let n = 0; n < 4; n++) await app.ask(LOGIN, { input: { email: dan.email, password: PASSWORD } });
  const seen = await pagesOf(dan, 2);
  expect(seen.map(({ event }) => event)).toEqual([...Array(4).fill('SIGNED_IN'), 'SIGNED_UP']);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(5);
  expect(seen[0]).toMatchObject({ outcome: 'SUCCEEDED', address: '127.0.0.1', byOther: false });
  expect((await pagesOf(root, 100)).every(({ event }) => ['SIGNED_UP', 'SIGNED_IN'].includes(event))).toBe(true);
  expect(await dan.codeOf(ALL)).toBe('FORBIDDEN');
  expect(await dan.codeOf('{ mySecurityEvents { nodes { by { email } } } }')).toBe('FORBIDDEN');
  expect(await app.codeOf(MINE)).toBe('UNAUTHENTICATED');
});

test('an admin finds what happened to whom, of which kind, and when; also of somebody who is gone', async () => {
  const eve = await app.as('eve');
  await root.ask('mutation ($id: ID!) { setUserRole(userId: $id, role: ADMIN) { id } }', { id: eve.id });
  const find = async (filter: object) => (await root.ask(ALL, { filter })).data.securityEvents.nodes;
  expect(await find({ userId: eve.id, event: ['ROLE_CHANGED'] })).toEqual([
    { event: 'ROLE_CHANGED', user: { id: eve.id }, by: { id: root.id }, detail: 'ADMIN' },
  ]);
  expect(await find({ userId: eve.id, until: new Date(app.now().getTime() - 1000) })).toEqual([]);
  expect(await find({ userId: eve.id, since: app.now() })).toHaveLength(2);
  expect(await find({ userId: 'nobody' })).toEqual([]);
  await app.ask(LOGIN, { input: { email: eve.email, password: PASSWORD } });
  const { data } = await app.ask(LOGIN, { input: { email: eve.email, password: PASSWORD } });
  await app.ask(
    'mutation ($p: String!) { deleteMe(password: $p) }',
    { p: PASSWORD },
    { authorization: `Bearer ${data.login.accessToken}` },
  );
  const gone = await find({ userId: eve.id, event: ['ACCOUNT_DELETED'] });
  expect(gone).toEqual([{ event: 'ACCOUNT_DELETED', user: null, by: null, detail: null }]);
});

test('a wrong password for an email that nobody has is noted like any other, on nobody', async () => {
  const before = await app.db.securityEvent.count({ where: { userId: null } });
  await app.ask(LOGIN, { input: { email: 'nobody@example.com', password: 'hunter2' } });
  const [row] = await app.db.securityEvent.findMany({ where: { userId: null }, orderBy: { id: 'desc' } });
  expect(await app.db.securityEvent.count({ where: { userId: null } })).toBe(before + 1);
  expect(JSON.stringify(row)).not.toMatch(/hunter2|nobody@/);
});

test('what is older than it is to be kept is forgotten', async () => {
  const fay = await app.as('fay');
  await pruneTrail(app.db, new Date(app.now().getTime() - DAY));
  expect(await rowsOf(fay.id)).toHaveLength(1);
  await pruneTrail(app.db, new Date(app.now().getTime() + 1000));
  expect(await rowsOf(fay.id)).toEqual([]);
});

test('a page of many is read from an index', async () => {
  const userId = randomUUID();
  await app.db.$executeRaw`
    INSERT INTO "SecurityEvent" (id, event, outcome, "userId", "occurredAt")
    SELECT gen_random_uuid(), CASE WHEN n = 19000 THEN 'PASSWORD_RESET' ELSE 'SIGNED_IN' END, 'SUCCEEDED', CASE WHEN n % 100 = 0 THEN ${userId}::uuid ELSE gen_random_uuid() END, now() - n * interval '1 second'
    FROM generate_series(1, 20000) AS n`;
  await app.db.$executeRaw`ANALYZE "SecurityEvent"`;
  // Explains what it is asked, in place of asking it.
  const explaining = {
    $queryRaw: (strings: TemplateStringsArray, ...values: Prisma.Sql[]) =>
      app.db.$queryRaw(Prisma.sql`EXPLAIN (FORMAT JSON) ${Prisma.sql(strings, ...values)}`),
  } as unknown as Transaction;
  const reached = everyRow('SecurityEvent');
  for (const filter of [{}, { userId }, { event: ['SIGNED_IN' as const] }]) {
    const { edges } = await eventPage(explaining, reached, { first: 20 }, filter);
    const plan = JSON.stringify(edges.map(({ node }) => node));
    expect(plan).toContain('"Scan Direction":"Backward"');
    expect(plan).not.toContain('Seq Scan');
  }
  // Of two kinds, of which one is rare, a page of each is sorted and no more.
  const { edges } = await eventPage(explaining, reached, { first: 20 }, { event: ['SIGNED_IN', 'PASSWORD_RESET'] });
  const plan = JSON.stringify(edges.map(({ node }) => node));
  expect(plan).toContain('SecurityEvent_event_occurredAt_id_idx');
  expect(plan).not.toContain('Seq Scan');
});

async function pagesOf(person: Person, first: number) {
  const seen = [];
  let after: string | null = null;
  do {
    const { data } = await person.ask(MINE, { first, after });
    seen.push(...data.mySecurityEvents.nodes);
    after = data.mySecurityEvents.pageInfo.hasNextPage ? data.mySecurityEvents.pageInfo.endCursor : null;
  } while (after);
  return seen;
}
