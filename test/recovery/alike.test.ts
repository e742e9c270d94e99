import argon2 from 'argon2';
import { afterEach, expect, test, vi } from 'vitest';
import { createHashing } from '../../src/auth/hashing.ts';
import { type Answer, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { statementsOf } from '../kit/statements.ts';
import { CHANGE, makeToken, REQUEST_RESET, RESET, startMailedApp } from './mailbox.ts';

const hashing = createHashing({ strength: { memoryCost: 1024, timeCost: 2, parallelism: 1 } });
const app = await startMailedApp({ hashing, env: { PASSWORD_MIN_LENGTH: '8' } });
const confirming = await startApp({ hashing, besides: app, env: { ...app.smtp.env, SIGNUP_CONFIRMATION: 'on' } });
const known = await app.as('known');
const disabled = await app.as('disabled');
await app.db.user.update({ where: { id: disabled.id }, data: { disabled: true } });
const without = await app.as('without');
await app.db.password.delete({ where: { userId: without.id } });
const viewer = await app.as('viewer');

afterEach(() => void vi.restoreAllMocks());

/** What somebody can see of it, and what it costs. */
async function seen(ask: () => Promise<Answer>) {
  const [verify, hash] = [vi.spyOn(argon2, 'verify'), vi.spyOn(argon2, 'hash')];
  let answer: Answer | undefined;
  const statements = await statementsOf(async () => {
    answer = await ask();
  });
  const hashes = { verified: verify.mock.calls.length, hashed: hash.mock.calls.length };
  vi.restoreAllMocks();
  const { status, data, errors } = answer ?? {};
  return { status, data, errors, hashes, statements };
}

const EMAILS = {
  known: known.email,
  unknown: 'unknown@example.com',
  disabled: disabled.email,
  'of an account without a password': without.email,
};

test('to ask for a reset tells nobody whether there is an account', async () => {
  const malformed = { empty: '', 'no email': 'nobody', NUL: 'known@example.com\0', 'half a character': '\ud800@x' };
  const answers = [];
  for (const email of Object.values({ ...EMAILS, ...malformed })) {
    answers.push(await seen(() => app.ask(REQUEST_RESET, { email })));
  }
  const [first, ...others] = answers;
  expect(first).toMatchObject({ data: { requestPasswordReset: true }, hashes: { verified: 0, hashed: 0 } });
  for (const other of others) expect(other).toEqual(first);
  expect(await app.mailsTo(known.email)).toHaveLength(1);
  expect(await app.mailsTo('unknown@example.com')).toEqual([]);
});

test('a change of the email tells nobody whether the new one has an account, but the one who has it', async () => {
  const change = (newEmail: string) => seen(() => viewer.ask(CHANGE, { newEmail, password: PASSWORD }));
  const answers = [];
  for (const email of Object.values(EMAILS)) answers.push(await change(email));
  const [first, ...others] = answers;
  expect(first).toMatchObject({ data: { changeEmail: true }, hashes: { verified: 1, hashed: 0 } });
  for (const other of others) expect(other).toEqual(first);
  expect(await app.templatesTo('unknown@example.com')).toEqual(['CHANGE_EMAIL']);
  expect((await app.mailsTo(known.email)).at(-1)).toMatchObject({ template: 'ACCOUNT_EXISTS', token: null });
});

test('a sign-up that has to be confirmed tells nobody whether the email has an account', async () => {
  const signUp = (email: string, password = PASSWORD) =>
    seen(() => confirming.ask(SIGNUP, { input: { email, password } }));
  const answers = [];
  for (const email of Object.values(EMAILS)) answers.push(await signUp(email));
  const [first, ...others] = answers;
  expect(first).toMatchObject({
    status: 200,
    data: null,
    errors: [{ extensions: { code: 'CONFIRMATION_REQUIRED' } }],
    hashes: { verified: 0, hashed: 1 },
  });
  for (const other of others) expect(other).toEqual(first);
  const [weak, weakToo] = [await signUp(known.email, 'password'), await signUp('unknown@example.com', 'password')];
  expect(weak).toMatchObject({ errors: [{ extensions: { code: 'WEAK_PASSWORD' } }], hashes: { hashed: 0 } });
  expect(weakToo).toEqual(weak);
});

test('a token that cannot be used costs no hash, and a weak password none and not the token', async () => {
  const reset = (token: string, newPassword: string) => seen(() => app.ask(RESET, { token, newPassword }));
  const unusable = await reset('x'.repeat(43), PASSWORD);
  expect(unusable).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }], hashes: { hashed: 0 } });
  const token = await makeToken('RESET_PASSWORD', { userId: known.id, email: known.email }, app);
  const weak = await reset(token, 'password');
  expect(weak).toMatchObject({ errors: [{ extensions: { code: 'WEAK_PASSWORD' } }], hashes: { hashed: 0 } });
  expect(await reset(token, `${PASSWORD} too`)).toMatchObject({
    data: { resetPassword: true },
    hashes: { verified: 0, hashed: 1 },
  });
});
