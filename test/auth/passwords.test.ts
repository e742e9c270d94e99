import argon2 from 'argon2';
import { afterEach, expect, test, vi } from 'vitest';
import { createHashing } from '../../src/auth/hashing.ts';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';

const hashing = createHashing();
const app = await startApp({ hashing });
const lenient = await startApp({ env: { PASSWORD_MIN_LENGTH: '8' }, besides: app, hashing });
const TODAYS = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;
let people = 0;

afterEach(() => void vi.restoreAllMocks());

test.each([
  ['of 11 characters', 'x7#kQ9!mZ2p', 'It has fewer than 12 characters.'],
  ['of 11 characters in 22 units', '😀😁😂😃😄😅😆😇😈😉😊', 'It has fewer than 12 characters.'],
  ['of 11 characters once they are composed', 'e\u0301'.repeat(11), 'It has fewer than 12 characters.'],
  ['of one character that stands for eighteen', '\ufdfa', 'It has fewer than 12 characters.'],
  ['that is empty', '', 'It has fewer than 12 characters.'],
  ['of 129 characters', 'xy7'.repeat(43), 'It has more than 128 characters.'],
  ['of 50,000 characters', 'x'.repeat(50_000), 'It has more than 128 characters.'],
  ['that is common', 'unbelievable', 'It is one of the most common passwords.'],
  ['that is common, in another case', 'UnBelievable', 'It is one of the most common passwords.'],
  ['that is common, in full-width letters', 'ｕｎｂｅｌｉｅｖａｂｌｅ', 'It is one of the most common passwords.'],
  ['that is the email', 'Somebody.Else@Example.com', 'It is easy to guess.'],
  ['that is the part of the email before @', 'SOMEBODY.ELSE', 'It is easy to guess.'],
])('a password %s is refused with the reason', async (_what, password, reason) => {
  const input = { email: 'somebody.else@example.com', password };
  const { data, errors } = await app.ask(SIGNUP, { input });
  expect(data).toBeNull();
  expect(errors?.[0]?.extensions).toEqual({ code: 'WEAK_PASSWORD', fields: { 'input.password': reason }, reason });
  expect(await app.db.user.count({ where: { email: input.email } })).toBe(0);
});

test.each([
  ['of 12 characters of any kind', 'zzzzzzzzzzzy'],
  ['of 12 characters in 24 units', '😀😁😂😃😄😅😆😇😈😉😊😋'],
  ['of 128 characters', 'xy7z'.repeat(32)],
  ['of 128 characters in 512 code points', '\u1f82'.normalize('NFD').repeat(128)],
  ['of spaces and words', '  a b c d e f g  '],
  ['that holds a common one', 'unbelievable horse'],
])('a password %s is taken, and opens the account', async (_what, password) => {
  const email = anEmail();
  expect(await app.codeOf(SIGNUP, { input: { email, password } })).toBeNull();
  expect(await app.codeOf(LOGIN, { input: { email, password } })).toBeNull();
  expect(await app.codeOf(LOGIN, { input: { email, password: `${password}x` } })).toBe('INVALID_CREDENTIALS');
});

test('half a character is refused, for all halves would be hashed alike', async () => {
  const body = `{"query":${JSON.stringify(SIGNUP)},"variables":{"input":{"email":"half@example.com","password":"correct horse \\ud800 staple"}}}`;
  const headers = { 'content-type': 'application/json' };
  const answer = await (await fetch(`${app.url}/graphql`, { method: 'POST', headers, body })).json();
  expect(answer.errors[0].extensions).toMatchObject({ code: 'WEAK_PASSWORD', reason: 'It holds half a character.' });
});

test('a policy may ask for 8 characters, and then knows the common ones of that length and the name of the product', async () => {
  const reasonFor = async (password: string) => {
    const { errors } = await lenient.ask(SIGNUP, { input: { email: anEmail(), password } });
    return errors?.[0]?.extensions.reason ?? null;
  };
  expect(await reasonFor('x7#kQ9!')).toBe('It has fewer than 8 characters.');
  expect(await reasonFor('Password')).toBe('It is one of the most common passwords.');
  expect(await reasonFor('LatchKey')).toBe('It is easy to guess.');
  expect(await reasonFor('x7#kQ9!m')).toBeNull();
});

test('a password is the same in composed and decomposed letters, and all of it counts', async () => {
  const email = anEmail();
  const password = 'äöüéàç staple ﬁ';
  await app.ask(SIGNUP, { input: { email, password } });
  const codeFor = (typed: string) => app.codeOf(LOGIN, { input: { email, password: typed } });
  expect(await codeFor(password.normalize('NFD'))).toBeNull();
  expect(await codeFor('äöüéàç staple fi')).toBeNull();
  expect(await codeFor('äöüéàç staple f')).toBe('INVALID_CREDENTIALS');
  expect(await codeFor('Äöüéàç staple fi')).toBe('INVALID_CREDENTIALS');
});

test('what is stored is a hash by argon2id of 19 MiB and two passes', async () => {
  const email = anEmail();
  await app.ask(SIGNUP, { input: { email, password: PASSWORD } });
  const hash = await storedHash(email);
  expect(hash).toMatch(TODAYS);
  expect(hash).not.toContain(PASSWORD);
});

test.each([
  ['less memory', { memoryCost: 8192, timeCost: 3, parallelism: 1 }],
  ['fewer passes', { memoryCost: 65_536, timeCost: 1, parallelism: 1 }],
])('a hash made with %s is renewed at the next login, once', async (_what, weaker) => {
  const email = anEmail();
  await app.ask(SIGNUP, { input: { email, password: PASSWORD } });
  const weak = await argon2.hash(PASSWORD, weaker);
  await app.db.password.updateMany({ where: { user: { email } }, data: { hash: weak } });

  await app.ask(LOGIN, { input: { email, password: 'wrong horse battery staple' } });
  expect(await storedHash(email), 'a wrong password renews nothing').toBe(weak);
  expect(await app.codeOf(LOGIN, { input: { email, password: PASSWORD } })).toBeNull();
  const renewed = await storedHash(email);
  expect(renewed).toMatch(TODAYS);
  expect(await app.codeOf(LOGIN, { input: { email, password: PASSWORD } })).toBeNull();
  expect(await storedHash(email)).toBe(renewed);
});

test('a weak hash is renewed once, and everybody is let in, where logins come at once', async () => {
  const email = anEmail();
  await app.ask(SIGNUP, { input: { email, password: PASSWORD } });
  const hash = await argon2.hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
  await app.db.password.updateMany({ where: { user: { email } }, data: { hash } });
  const login = () => app.codeOf(LOGIN, { input: { email, password: PASSWORD } });
  expect(await Promise.all([login(), login(), login(), login()])).toEqual([null, null, null, null]);
  expect(await storedHash(email)).toMatch(TODAYS);
});

test('a stronger hash is left as it is', async () => {
  const email = anEmail();
  await app.ask(SIGNUP, { input: { email, password: PASSWORD } });
  const hash = await argon2.hash(PASSWORD, { memoryCost: 32_768, timeCost: 3, parallelism: 1 });
  await app.db.password.updateMany({ where: { user: { email } }, data: { hash } });
  expect(await app.codeOf(LOGIN, { input: { email, password: PASSWORD } })).toBeNull();
  expect(await storedHash(email)).toBe(hash);
});

test('a password that cannot be one is refused without hashing', async () => {
  const hash = vi.spyOn(argon2, 'hash');
  await app.ask(SIGNUP, { input: { email: anEmail(), password: 'x'.repeat(129) } });
  await app.ask(SIGNUP, { input: { email: anEmail(), password: 'x'.repeat(11) } });
  expect(hash).not.toHaveBeenCalled();
});

test('a sign-up or login beyond the queue is refused at once, and nobody in the queue is', async () => {
  const spent = { email: anEmail(), password: 'wrong horse battery staple' };
  for (let n = 0; n < 10; n++) await app.ask(LOGIN, { input: spent });

  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  // The turns and the queue are filled with work that ends when we say so.
  const queued: Promise<unknown>[] = [];
  while (await isQueued(queued, finished));

  const email = anEmail();
  const { status, data, errors } = await app.ask(LOGIN, { input: { email, password: PASSWORD } });
  expect([status, data, errors?.[0]?.extensions.code]).toEqual([503, null, 'SERVICE_UNAVAILABLE']);
  expect(await app.codeOf(SIGNUP, { input: { email, password: PASSWORD } })).toBe('SERVICE_UNAVAILABLE');
  expect(await app.codeOf(LOGIN, { input: spent }), 'who may not guess any more waits for no turn').toBe(
    'RATE_LIMITED',
  );
  expect(await app.codeOf('{ viewer { id } }'), 'others are served').toBeNull();

  finish();
  await Promise.all(queued);
  expect(queued.length).toBeGreaterThanOrEqual(65);
  expect(await app.codeOf(SIGNUP, { input: { email, password: PASSWORD } })).toBeNull();
});

async function isQueued(queued: Promise<unknown>[], finished: Promise<void>) {
  const turn = hashing.inTurn({ whose: `somebody ${queued.length}` }, () => finished);
  const refused = await Promise.race([
    turn.then(
      () => false,
      () => true,
    ),
    new Promise((later) => setImmediate(later, false)),
  ]);
  if (!refused) queued.push(turn);
  return !refused;
}

const storedHash = async (email: string) =>
  (await app.db.password.findFirstOrThrow({ where: { user: { email } } })).hash;

function anEmail() {
  people += 1;
  return `person${people}@example.com`;
}
