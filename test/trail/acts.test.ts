import { expect, test } from 'vitest';
import { administer } from '../../src/admin/command.ts';
import { Prisma } from '../../src/db/generated/client.ts';
import { LOGIN, PASSWORD, startApp } from '../kit/app.ts';
import { REFRESH } from '../kit/requests.ts';
import { startSmtp } from '../kit/smtp.ts';
import { statementsOf } from '../kit/statements.ts';

const smtp = await startSmtp();
const app = await startApp({ env: { ...smtp.env, OAUTH_PASSWORD_GRANT: 'on' }, preferServer: true });
const root = await app.as('root', 'ADMIN');
const SET_ROLE = 'mutation ($id: ID!, $role: Role!) { setUserRole(userId: $id, role: $role) { role } }';
const SET_DISABLED = 'mutation ($id: ID!, $to: Boolean!) { setUserDisabled(userId: $id, disabled: $to) { disabled } }';
const login = (email: string) => app.ask(LOGIN, { input: { email, password: PASSWORD } });

const eventsOf = async (userId: string, event: string) =>
  await app.db.securityEvent.findMany({ where: { userId, event }, orderBy: { id: 'asc' } });
async function subjectsTo(email: string) {
  await app.sendMails();
  return smtp.mails.filter(({ to }) => to === email).map(({ subject }) => subject);
}

test('a stolen refresh token that is used ten times at once is noted, and mailed of, once', async () => {
  const ann = await app.as('ann');
  await app.ask(REFRESH, { token: ann.refreshToken });
  await app.advance(11_000);
  const replay = () => app.codeOf(REFRESH, { token: ann.refreshToken });
  const codes = await Promise.all(Array.from({ length: 10 }, replay));
  expect(new Set(codes)).toEqual(new Set(['REFRESH_REJECTED']));
  const [reuse, ...others] = await eventsOf(ann.id, 'REFRESH_REUSED');
  expect(reuse).toMatchObject({ outcome: 'FAILED', byId: null, sessionId: expect.any(String) });
  expect(others).toEqual([]);
  expect(await eventsOf(ann.id, 'SESSION_ENDED')).toMatchObject([{ detail: 'REUSE', sessionId: reuse?.sessionId }]);
  expect(await subjectsTo(ann.email)).toEqual(['A session of yours was ended']);
});

test('who is given the role or the status that they have already hears nothing, and nothing is noted', async () => {
  const bob = await app.as('bob');
  expect((await root.ask(SET_ROLE, { id: bob.id, role: 'USER' })).data.setUserRole).toEqual({ role: 'USER' });
  expect((await root.ask(SET_DISABLED, { id: bob.id, to: false })).data.setUserDisabled).toEqual({ disabled: false });
  expect(await eventsOf(bob.id, 'ROLE_CHANGED')).toEqual([]);
  expect(await eventsOf(bob.id, 'STATUS_CHANGED')).toEqual([]);
  expect(await subjectsTo(bob.email)).toEqual([]);
  await root.ask(SET_ROLE, { id: bob.id, role: 'ADMIN' });
  await root.ask(SET_ROLE, { id: bob.id, role: 'ADMIN' });
  expect(await eventsOf(bob.id, 'ROLE_CHANGED')).toHaveLength(1);
  expect(await subjectsTo(bob.email)).toEqual(['Your role was changed']);
});

test('signing out of fifty sessions notes each of them, in one statement', async () => {
  const cat = await app.as('cat');
  for (let n = 0; n < 49; n++) await login(cat.email);
  const statements = await statementsOf(() => cat.ask('mutation { logoutAll }'));
  expect(statements.filter((sql) => /^INSERT INTO .*"SecurityEvent"/.test(sql))).toHaveLength(1);
  const ended = await eventsOf(cat.id, 'SESSION_ENDED');
  expect(new Set(ended.map(({ sessionId }) => sessionId)).size).toBe(50);
  expect(new Set(ended.map(({ detail, byId }) => `${detail} ${byId}`))).toEqual(new Set([`LOGOUT ${cat.id}`]));
});

test('signing in by /oauth/token is noted with what is known of the request', async () => {
  const dan = await app.as('dan');
  const answer = await fetch(`${app.url}/oauth/token`, {
    method: 'POST',
    headers: { 'user-agent': 'Sextant/1.0' },
    body: new URLSearchParams({ username: dan.email, password: PASSWORD }),
  });
  expect(answer.status).toBe(200);
  expect(await eventsOf(dan.id, 'SIGNED_IN')).toMatchObject([
    {
      outcome: 'SUCCEEDED',
      byId: dan.id,
      address: '127.0.0.1',
      userAgent: 'Sextant/1.0',
      requestId: answer.headers.get('x-request-id'),
    },
  ]);
});

test('a command of the server is noted, of whoever is gone by it too', async () => {
  const eve = await app.as('eve');
  await administer(app.db, 'delete', eve.email, async () => true, app.now());
  expect(await eventsOf(eve.id, 'ADMIN_COMMAND')).toMatchObject([
    { outcome: 'SUCCEEDED', byId: null, address: null, requestId: null, detail: 'delete' },
  ]);
});

test('no password and no token is in any event or mail', async () => {
  const fay = await app.as('fay');
  await app.codeOf(LOGIN, { input: { email: fay.email, password: 'hunter2' } });
  const { data } = await app.ask(REFRESH, { token: fay.refreshToken });
  await app.ask('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email: fay.email });
  await app.sendMails();
  const token = smtp.mails.find(({ to, token }) => to === fay.email && token)?.token;
  const rows = await app.db.$queryRaw<{ row: string }[]>`
    SELECT noted::text AS row FROM "SecurityEvent" AS noted UNION ALL SELECT mail::text FROM "Mail" AS mail`;
  const everything = rows.map(({ row }) => row).join('\n');
  const secrets = [PASSWORD, 'hunter2', fay.refreshToken, fay.accessToken, data.refresh.accessToken, token];
  expect(everything).toContain(fay.id);
  for (const secret of secrets) {
    expect(secret).toEqual(expect.stringMatching(/.{7,}/));
    expect(everything).not.toContain(secret);
  }
});

test('what happens while somebody turns the pages moves none of them', async () => {
  const gus = await app.as('gus');
  for (let n = 0; n < 6; n++) await login(gus.email);
  const before = await eventsOf(gus.id, 'SIGNED_IN');
  const PAGE = `query ($after: String) {
    mySecurityEvents(first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } }
  }`;
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const { data } = await gus.ask(PAGE, { after });
    const { nodes, pageInfo } = data.mySecurityEvents;
    seen.push(...nodes.map(({ id }: { id: string }) => id));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    await login(gus.email);
  } while (after);
  expect(seen).toHaveLength(7);
  expect(new Set(seen)).toEqual(new Set([...before, ...(await eventsOf(gus.id, 'SIGNED_UP'))].map(({ id }) => id)));
});

test('whoever may prune, and says so, takes away what is old row by row, and changes or empties nothing', async () => {
  const pruning = Prisma.sql`SELECT set_config('latchkey.pruning', 'on', true)`;
  for (const sql of ['TRUNCATE "SecurityEvent"', `UPDATE "SecurityEvent" SET event = 'NOTHING'`]) {
    const work = app.db.$transaction([app.db.$queryRaw(pruning), app.db.$executeRawUnsafe(sql)]);
    await expect(work).rejects.toThrow('Security events are only ever added.');
  }
});
