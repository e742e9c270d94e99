import { expect, test } from 'vitest';
import { type NewMail, pruneMails, putMail } from '../../src/mail/outbox.ts';
import { startApp, type TestApp } from '../kit/app.ts';
import { serverUrl } from '../kit/postgres.ts';
import { startSmtp } from '../kit/smtp.ts';

if (!serverUrl) console.warn('SKIPPED: replicas that take mails at once need a PostgreSQL server: TEST_DATABASE_URL.');

const smtp = await startSmtp();
const app = await startApp({ env: smtp.env, preferServer: true });
const MINUTE = 60_000;

test('what is put into the outbox is sent once that is committed, once, and not at all if it is undone', async () => {
  const arrived = smtp.next('ann@example.com');
  const undone = put({ to: 'bob@example.com', template: 'ROLE_CHANGED' }, app, 'undone');
  await expect(undone).rejects.toThrow('undone');
  await put({ to: 'ann@example.com', template: 'ROLE_CHANGED', facts: { role: 'ADMIN', when: 'today' } });
  const mail = await arrived;
  expect(mail.subject).toBe('Your role was changed');
  expect(mail.text).toContain('Since today your role is ADMIN.');
  await app.sendMails();
  await app.advance(60 * MINUTE);
  expect(smtp.mails.map(({ to }) => to)).toEqual(['ann@example.com']);
  expect(await app.db.mail.findMany()).toEqual([
    expect.objectContaining({ tries: 1, nextTryAt: null, failure: null, sentAt: expect.any(Date) }),
  ]);
});

test('a mail says that a program wrote it, and keeps its id at each try', async () => {
  smtp.manner.answer = 451;
  await put({ to: 'cat@example.com', template: 'ROLE_CHANGED' });
  await app.sendMails();
  const [row] = await app.db.mail.findMany({ where: { to: 'cat@example.com' } });
  expect(row).toMatchObject({ tries: 1, failure: '451', sentAt: null });
  smtp.manner.answer = undefined;
  const arrived = smtp.next('cat@example.com');
  await app.advance(MINUTE);
  const { headers, messageId } = await arrived;
  expect(headers).toContainEqual(expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }));
  expect(messageId).toBe(`<${row?.id}@latchkey>`);
});

test('what fails is tried again after growing pauses, and given up in the end: the log and the row say so', async () => {
  smtp.manner.answer = 451;
  const [{ id }] = [await put({ to: 'dan@example.com', template: 'ROLE_CHANGED' })];
  await app.sendMails();
  const pauses: number[] = [];
  for (;;) {
    const { nextTryAt } = await app.db.mail.findUniqueOrThrow({ where: { id } });
    if (!nextTryAt) break;
    pauses.push((nextTryAt.getTime() - app.now().getTime()) / 1000);
    await app.advance(nextTryAt.getTime() - app.now().getTime());
  }
  smtp.manner.answer = undefined;
  expect(pauses).toEqual([10, 60, 300, 1800, 7200, 21_600, 43_200]);
  expect(app.logged.join('')).toContain('a mail was given up');
  await app.advance(48 * 60 * MINUTE);
  expect(smtp.mails.filter(({ to }) => to === 'dan@example.com')).toEqual([]);
});

test('what the other side will never take is given up at once', async () => {
  smtp.manner.answer = 550;
  const { id } = await put({ to: 'eve@example.com', template: 'ROLE_CHANGED' });
  await app.sendMails();
  smtp.manner.answer = undefined;
  const row = await app.db.mail.findUniqueOrThrow({ where: { id } });
  expect(row).toMatchObject({ tries: 1, nextTryAt: null, sentAt: null, failure: '550' });
  const [line = ''] = app.logged.filter((line) => line.includes(id));
  expect(JSON.parse(line)).toMatchObject({ mail: id, failure: '550', msg: 'a mail was given up' });
  expect(line).not.toContain('eve@');
});

test('a mail server that is away, or takes nobody in, loses no mail: it is sent once that is mended', async () => {
  await smtp.goAway();
  const { id } = await put({ to: 'ida@example.com', template: 'ROLE_CHANGED' });
  await app.sendMails();
  const row = () => app.db.mail.findUniqueOrThrow({ where: { id } });
  expect(await row()).toMatchObject({ tries: 1, sentAt: null, failure: 'ESOCKET', nextTryAt: expect.any(Date) });
  expect((await app.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  await smtp.comeBack();
  smtp.manner.greeting = 554;
  await app.advance(MINUTE);
  expect(await row()).toMatchObject({ tries: 2, sentAt: null, failure: '554', nextTryAt: expect.any(Date) });
  smtp.manner.greeting = undefined;
  await app.advance(MINUTE);
  expect(await row()).toMatchObject({ tries: 3, sentAt: expect.any(Date), failure: null });
  expect(smtp.mails.filter(({ to }) => to === 'ida@example.com')).toHaveLength(1);
});

test.each(['x<jan@example.com', 'x,jan@example.com', '(x)jan@example.com', 'x:jan;jan@example.com'])(
  'a mail to %s reaches nobody else',
  async (to) => {
    await put({ to, template: 'ROLE_CHANGED' });
    await app.sendMails();
    expect(smtp.mails.filter(({ raw }) => raw.includes('jan')).map(({ to }) => to)).not.toContain('jan@example.com');
    expect(smtp.mails.map(({ to }) => to)).not.toContain('jan@example.com');
  },
);

test('the token of a link is in the mail alone: in no column of any table, and no line of the log', async () => {
  const { email } = await app.as('kim');
  const arrived = smtp.next(email);
  await app.ask('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email });
  const { token } = await arrived;
  expect(token).toMatch(/^[\w-]{43}$/);
  await app.sendMails();
  const tables = await app.db.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()`;
  expect(tables.length).toBeGreaterThan(8);
  for (const { name } of tables) {
    const rows = await app.db.$queryRawUnsafe<{ row: string }[]>(`SELECT t::text AS row FROM "${name}" AS t`);
    expect(rows.filter(({ row }) => row.includes(String(token)))).toEqual([]);
  }
  expect(app.logged.join('')).not.toContain(token);
});

test('a mail server that hangs holds up nothing else, and nothing is lost', async () => {
  let release = () => {};
  smtp.manner.holdUp = new Promise<void>((resolve) => {
    release = resolve;
  });
  const tried = smtp.tried();
  await Promise.all(
    Array.from({ length: 8 }, (_, n) => put({ to: `hung.${n}@example.com`, template: 'ROLE_CHANGED' })),
  );
  await tried;
  const ann = await app.as('ann');
  expect((await ann.ask('mutation { updateMe(input: { name: "Ann" }) { name } }')).data.updateMe).toEqual({
    name: 'Ann',
  });
  const last = smtp.next('hung.7@example.com');
  release();
  smtp.manner.holdUp = undefined;
  await last;
  await app.sendMails();
  const arrived = smtp.mails.filter(({ to }) => to.startsWith('hung.')).map(({ to }) => to);
  expect(arrived.toSorted()).toEqual(Array.from({ length: 8 }, (_, n) => `hung.${n}@example.com`));
});

test('a mail whose link is of no use any more is not sent', async () => {
  const { id } = await put({ to: 'fay@example.com', template: 'RESET_PASSWORD', tokenId: crypto.randomUUID() });
  await app.sendMails();
  const row = await app.db.mail.findUniqueOrThrow({ where: { id } });
  expect(row).toMatchObject({ nextTryAt: null, sentAt: null, failure: 'LINK_OF_NO_USE' });
  expect(smtp.mails.filter(({ to }) => to === 'fay@example.com')).toEqual([]);
});

test('of several replicas one sends a mail', async () => {
  const replica = await startApp({ env: smtp.env, besides: app });
  const people = Array.from({ length: 50 }, (_, n) => `many.${n}@example.com`);
  await app.db.$transaction(async (tx) => {
    for (const to of people) await putMail(tx, { to, template: 'ROLE_CHANGED' }, app.now());
  });
  await Promise.all([app.sendMails(), replica.sendMails(), app.sendMails()]);
  const arrived = smtp.mails.filter(({ to }) => to.startsWith('many.')).map(({ to }) => to);
  expect(arrived.toSorted()).toEqual(people.toSorted());
  await replica.stop();
});

test.skipIf(!serverUrl)('a mail that another replica is taking is left to it, and waited for by nobody', async () => {
  const to = 'lea@example.com';
  const soon = new Date(app.now().getTime() + 60 * MINUTE);
  await app.db.$transaction((tx) => putMail(tx, { to, template: 'ROLE_CHANGED' }, soon));
  await app.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM "Mail" WHERE "to" = ${to} FOR UPDATE`;
    await app.advance(60 * MINUTE);
    await tx.mail.updateMany({ where: { to }, data: { nextTryAt: new Date(soon.getTime() + MINUTE / 2) } });
  });
  await app.sendMails();
  expect(smtp.mails.filter((mail) => mail.to === to)).toEqual([]);
  await app.advance(MINUTE);
  expect(smtp.mails.filter((mail) => mail.to === to)).toHaveLength(1);
});

test('what somebody else chose is text in a mail, and stays where it stands', async () => {
  const arrived = smtp.next('gus@example.com');
  const userAgent = `<img src=x onerror="alert(1)">\r\nBcc: eve@example.com\n\nhttps://evil.example ${'x'.repeat(500)}`;
  await put({
    to: 'gus@example.com',
    template: 'NEW_NETWORK',
    facts: { when: 'today', address: '1.2.3.4', userAgent },
  });
  const { html, text, headers, to } = await arrived;
  expect(to).toBe('gus@example.com');
  expect(html).toContain('&#60;img src=x onerror=&#34;alert(1)&#34;&#62; Bcc: eve@example.com');
  expect(html).not.toContain('<img');
  expect(text).not.toContain('x'.repeat(300));
  expect(headers.map(({ key }) => key)).not.toContain('bcc');
});

test('mails that are over are forgotten after a while', async () => {
  const { id } = await put({ to: 'hal@example.com', template: 'ROLE_CHANGED' });
  await app.sendMails();
  await pruneMails(app.db, new Date(app.now().getTime() + 6 * 24 * 60 * MINUTE));
  expect(await app.db.mail.count({ where: { id } })).toBe(1);
  await pruneMails(app.db, new Date(app.now().getTime() + 8 * 24 * 60 * MINUTE));
  expect(await app.db.mail.count({ where: { id } })).toBe(0);
});

async function put(mail: NewMail, { db, now }: TestApp = app, failure?: string) {
  await db.$transaction(async (tx) => {
    await putMail(tx, mail, now());
    if (failure) throw new Error(failure);
  });
  return db.mail.findFirstOrThrow({ where: { to: mail.to }, orderBy: { createdAt: 'desc' } });
}
