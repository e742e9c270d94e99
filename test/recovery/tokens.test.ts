import { describe, expect, test } from 'vitest';
import type { TokenPurpose } from '../../src/db/generated/client.ts';
import { pruneTokens } from '../../src/recovery/tokens.ts';
import { PASSWORD } from '../kit/app.ts';
import { hashOf } from '../kit/hashing.ts';
import { CONFIRM, DAY, HOUR, makeToken, REQUEST_RESET, RESET, startMailedApp, UNDO } from './mailbox.ts';

// Races need connections of their own.
const app = await startMailedApp({ preferServer: true });
const { db } = app;
let people = 0;
const somebody = () => app.as(`person${people++}`);
const codeOf = (mutation: string, token: string) => app.codeOf(mutation, { token });

const PENDING = { create: { name: null, hash: await hashOf(PASSWORD) } };
const KINDS: Record<TokenPurpose, { mutation: string; lifetime: number; email(own: string): string }> = {
  CONFIRM_EMAIL: { mutation: CONFIRM, lifetime: DAY, email: (own) => own },
  SIGN_UP: { mutation: CONFIRM, lifetime: DAY, email: (own) => `not.yet.${own}` },
  CHANGE_EMAIL: { mutation: CONFIRM, lifetime: DAY, email: (own) => `new.${own}` },
  UNDO_EMAIL_CHANGE: { mutation: UNDO, lifetime: 7 * DAY, email: (own) => `old.${own}` },
  RESET_PASSWORD: { mutation: RESET, lifetime: HOUR, email: (own) => own },
};
const PURPOSES = Object.keys(KINDS) as TokenPurpose[];

async function given(purpose: TokenPurpose) {
  const { id, email: own } = await somebody();
  const email = KINDS[purpose].email(own);
  const token = await makeToken(purpose, { userId: purpose === 'SIGN_UP' ? null : id, email }, app);
  if (purpose === 'SIGN_UP') {
    await db.oneTimeToken.updateMany({ where: { email }, data: {} });
    await db.oneTimeToken.update({
      where: { id: (await db.oneTimeToken.findFirstOrThrow({ where: { email } })).id },
      data: { pendingSignup: PENDING },
    });
  }
  return { token, id, own, email };
}

describe.each(PURPOSES)('a token of %s', (purpose) => {
  const { mutation, lifetime } = KINDS[purpose];

  test('works once', async () => {
    const { token } = await given(purpose);
    expect(await codeOf(mutation, token)).toBeNull();
    for (const again of [CONFIRM, UNDO, RESET]) expect(await codeOf(again, token)).toBe('BAD_USER_INPUT');
  });

  test('works once of twenty times at once', async () => {
    const { token } = await given(purpose);
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(mutation, token)));
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code === 'BAD_USER_INPUT')).toHaveLength(19);
  });

  test('is of no use for anything else, and not used up by trying', async () => {
    const { token, id } = await given(purpose);
    const before = await db.user.findUnique({ where: { id }, include: { password: true } });
    for (const other of [CONFIRM, UNDO, RESET].filter((one) => one !== mutation)) {
      const { errors } = await app.ask(other, { token });
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { token: expect.any(String) } });
    }
    expect(await db.user.findUnique({ where: { id }, include: { password: true } })).toEqual(before);
    expect(await codeOf(mutation, token)).toBeNull();
  });

  test('says nothing of anybody else', async () => {
    const other = await somebody();
    const before = await db.user.findUnique({ where: { id: other.id }, include: { password: true } });
    const { token } = await given(purpose);
    expect(await codeOf(mutation, token)).toBeNull();
    expect(await db.user.findUnique({ where: { id: other.id }, include: { password: true } })).toEqual(before);
  });

  test('works until its time is over, and then not', async () => {
    const [early, late] = [await given(purpose), await given(purpose)];
    await app.advance(lifetime - 1000);
    expect(await codeOf(mutation, early.token)).toBeNull();
    await app.advance(1000);
    expect(await codeOf(mutation, late.token)).toBe('BAD_USER_INPUT');
  });

  test('is in no table and no line of the log', async () => {
    const { token } = await given(purpose);
    const tables = [await db.oneTimeToken.findMany(), await db.mail.findMany(), await db.rateLimit.findMany()];
    await codeOf(mutation, token);
    await codeOf(mutation, token);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(tables, (_key, value) => (typeof value === 'bigint' ? Number(value) : value))).not.toContain(
      token,
    );
    expect(app.logged.join('\n')).not.toContain(token);
  });
});

const OF_ACCOUNTS = PURPOSES.filter((purpose) => purpose !== 'SIGN_UP');

test.each(OF_ACCOUNTS.filter((purpose) => purpose !== 'UNDO_EMAIL_CHANGE'))(
  'a token of %s is worthless once password or email has changed, by plain SQL too',
  async (purpose) => {
    const { mutation } = KINDS[purpose];
    const other = await hashOf('another horse battery staple');
    const byPassword = await given(purpose);
    await db.$executeRaw`UPDATE "Password" SET hash = ${other} WHERE "userId" = ${byPassword.id}::uuid`;
    expect(await codeOf(mutation, byPassword.token)).toBe('BAD_USER_INPUT');
    const without = await given(purpose);
    await db.$executeRaw`DELETE FROM "Password" WHERE "userId" = ${without.id}::uuid`;
    expect(await codeOf(mutation, without.token)).toBe('BAD_USER_INPUT');
    const byEmail = await given(purpose);
    await db.$executeRaw`UPDATE "User" SET email = ${`moved.${byEmail.own}`} WHERE id = ${byEmail.id}::uuid`;
    expect(await codeOf(mutation, byEmail.token)).toBe('BAD_USER_INPUT');
    const untouched = await given(purpose);
    await db.$executeRaw`UPDATE "User" SET name = 'Somebody' WHERE id = ${untouched.id}::uuid`;
    expect(await codeOf(mutation, untouched.token)).toBeNull();
  },
);

test('a token that undoes a change of the email outlives a change of password and email', async () => {
  const { token, id } = await given('UNDO_EMAIL_CHANGE');
  const other = await hashOf('another horse battery staple');
  await db.$executeRaw`UPDATE "Password" SET hash = ${other} WHERE "userId" = ${id}::uuid`;
  await db.$executeRaw`UPDATE "User" SET email = ${`moved.${id}@example.com`} WHERE id = ${id}::uuid`;
  expect(await codeOf(UNDO, token)).toBeNull();
});

test.each(['CONFIRM_EMAIL', 'RESET_PASSWORD'] as const)(
  'a token of %s for an email that the account has not is of no use, whenever it was stored',
  async (purpose) => {
    const { id, email } = await somebody();
    const token = await makeToken(purpose, { userId: id, email: `old.${email}` }, app);
    expect(await codeOf(KINDS[purpose].mutation, token)).toBe('BAD_USER_INPUT');
  },
);

test.each(OF_ACCOUNTS)(
  'a token of %s is of no use while its account is disabled, nor once it is deleted',
  async (purpose) => {
    const { token, id } = await given(purpose);
    await db.user.update({ where: { id }, data: { disabled: true } });
    expect(await codeOf(KINDS[purpose].mutation, token)).toBe('BAD_USER_INPUT');
    await db.user.update({ where: { id }, data: { disabled: false } });
    expect(await codeOf(KINDS[purpose].mutation, token)).toBeNull();
    const other = await given(purpose);
    await db.user.delete({ where: { id: other.id } });
    expect(await codeOf(KINDS[purpose].mutation, other.token)).toBe('BAD_USER_INPUT');
  },
);

test('what is no token at all is answered like one that was used', async () => {
  const { token } = await given('RESET_PASSWORD');
  await codeOf(RESET, token);
  const used = await app.ask(RESET, { token });
  for (const sent of ['', ' ', token.slice(1), `${token} `, '\0', '\ud800', 'x'.repeat(20_000)]) {
    expect((await app.ask(RESET, { token: sent })).errors).toEqual(used.errors);
    expect(await codeOf(CONFIRM, sent)).toBe('BAD_USER_INPUT');
  }
});

test('links of one account that are used at once, beside a change of the password, wait for each other and fail nowhere', async () => {
  const { id, email } = await somebody();
  const about = { userId: id, email };
  const tokens = await Promise.all(
    Array.from({ length: 6 }, async (_, n) => {
      const purpose = n % 2 ? 'RESET_PASSWORD' : 'CHANGE_EMAIL';
      const token = await makeToken(purpose, n % 2 ? about : { ...about, email: `moved${n}.${email}` }, app);
      return [KINDS[purpose].mutation, token] as const;
    }),
  );
  const other = await hashOf('another horse battery staple');
  const [codes] = await Promise.all([
    Promise.all(tokens.map(([mutation, token]) => codeOf(mutation, token))),
    db.$executeRaw`UPDATE "Password" SET hash = ${other} WHERE "userId" = ${id}::uuid`,
  ]);
  expect(codes.filter((code) => code !== null && code !== 'BAD_USER_INPUT')).toEqual([]);
});

test('tokens are forgotten once their time is over', async () => {
  const { email } = await somebody();
  await app.ask(REQUEST_RESET, { email });
  const token = await app.tokenIn('RESET_PASSWORD', email);
  await pruneTokens(db, app.now());
  expect(await codeOf(RESET, token)).toBeNull();
  await app.ask(REQUEST_RESET, { email });
  await app.advance(8 * DAY);
  await pruneTokens(db, app.now());
  expect(await db.oneTimeToken.count()).toBe(0);
});
