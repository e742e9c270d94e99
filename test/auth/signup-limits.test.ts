import { expect, test } from 'vitest';
import { createHashing, HASHES_AT_ONCE } from '../../src/auth/hashing.ts';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { hashOf } from '../kit/hashing.ts';

const BEHIND_PROXY = { TRUST_PROXY: '1' };
let people = 0;
const anEmail = () => `person${people++}@example.com`;
const from = (address: string) => ({ 'x-forwarded-for': address, 'x-forwarded-proto': 'https' });

test('sign-ups from one address are limited, whatever becomes of them, and those from others go on', async () => {
  const app = await startApp({ env: { ...BEHIND_PROXY, SIGNUP_LIMIT: '5' } });
  const replica = await startApp({ env: { ...BEHIND_PROXY, SIGNUP_LIMIT: '5' }, besides: app });
  const signUp = (email: string, address = '192.0.2.1', at = app) =>
    at.ask(SIGNUP, { input: { email, password: PASSWORD } }, from(address));
  const taken = anEmail();
  expect((await signUp(taken)).errors).toBeUndefined();
  for (let n = 0; n < 4; n++) {
    const { errors } = await signUp(taken, '192.0.2.1', n % 2 ? replica : app);
    expect(errors?.[0]?.extensions.code).toBe('EMAIL_TAKEN');
  }
  const refused = await signUp(anEmail());
  expect(refused).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await signUp(anEmail(), '192.0.2.1', replica)).errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
  expect((await signUp(anEmail(), '192.0.2.2')).errors).toBeUndefined();
  expect(await app.codeOf(LOGIN, { input: { email: taken, password: PASSWORD } }, from('192.0.2.1'))).toBeNull();
});

test('what is refused before it costs anything is not counted', async () => {
  const app = await startApp({ env: { ...BEHIND_PROXY, SIGNUP_LIMIT: '1' } });
  for (const password of ['short', 'unbelievable']) {
    const input = { email: anEmail(), password };
    expect(await app.codeOf(SIGNUP, { input }, from('192.0.2.3'))).toBe('WEAK_PASSWORD');
  }
  const input = { email: anEmail(), password: PASSWORD };
  expect(await app.codeOf(SIGNUP, { input }, from('192.0.2.3'))).toBeNull();
});

test('a whole IPv6 network is one address, and IPv4 is the same in IPv6', async () => {
  const app = await startApp({ env: { ...BEHIND_PROXY, SIGNUP_LIMIT: '1' } });
  const codeFrom = (address: string) =>
    app.codeOf(SIGNUP, { input: { email: anEmail(), password: PASSWORD } }, from(address));
  expect(await codeFrom('2001:db8:1:2::1')).toBeNull();
  expect(await codeFrom('2001:DB8:1:2:ffff::2')).toBe('RATE_LIMITED');
  expect(await codeFrom('2001:db8:1:3::1')).toBeNull();
  expect(await codeFrom('192.0.2.9')).toBeNull();
  expect(await codeFrom('::ffff:192.0.2.9')).toBe('RATE_LIMITED');
});

test('however many sign up at once, there is room for whoever signs in', async () => {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const hashing = createHashing({ strength: { memoryCost: 1024, timeCost: 2, parallelism: 1 } });
  const app = await startApp({ hashing });
  const email = anEmail();
  await app.db.user.create({
    data: { email, createdAt: app.now(), password: { create: { hash: await hashOf(PASSWORD) } } },
  });
  // All turns are taken until we say so: from here on everybody waits.
  const taken = Array.from({ length: HASHES_AT_ONCE + 2 }, () => hashing.inTurn(() => finished));
  const signups = Array.from({ length: 40 }, () =>
    app.codeOf(SIGNUP, { input: { email: anEmail(), password: PASSWORD } }),
  );
  await expect
    .poll(() => app.logged.filter((line) => line.includes('too many passwords wait')).length)
    .toBeGreaterThan(5);
  const login = app.codeOf(LOGIN, { input: { email, password: PASSWORD } });
  finish();
  await Promise.all(taken);
  expect(await login).toBeNull();
  const codes = await Promise.all(signups);
  expect(new Set(codes)).toEqual(new Set([null, 'SERVICE_UNAVAILABLE']));
});
