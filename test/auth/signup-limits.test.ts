import { expect, test } from 'vitest';
import { createHashing, HASHES_AT_ONCE } from '../../src/auth/hashing.ts';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { hashOf } from '../kit/hashing.ts';
import { startScript } from '../kit/process.ts';
import { statementsOf } from '../kit/statements.ts';
import { runsUnlessQuick } from '../kit/thorough.ts';

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
  let refused = await signUp(anEmail());
  const sent = await statementsOf(async () => {
    refused = await signUp(anEmail());
  });
  expect(sent, 'whoever goes on costs the database nothing').toEqual([]);
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

test('a site of IPv6 signs up as much as four of its networks may, and another site has its own', async () => {
  const app = await startApp({ env: { ...BEHIND_PROXY, SIGNUP_LIMIT: '1' } });
  const codeFrom = (address: string) =>
    app.codeOf(SIGNUP, { input: { email: anEmail(), password: PASSWORD } }, from(address));
  for (const network of [1, 2, 3, 4]) expect(await codeFrom(`2001:db8:1:${network}::1`)).toBeNull();
  expect(await codeFrom('2001:db8:1:5::1')).toBe('RATE_LIMITED');
  expect(await codeFrom('2001:db8:2:5::1')).toBeNull();
});

test('sign-ups in all are limited, for all replicas, and what one address has too many of takes none from the others', async () => {
  const env = { ...BEHIND_PROXY, SIGNUP_LIMIT: '2', SIGNUP_LIMIT_TOTAL: '4' };
  const app = await startApp({ env });
  const replica = await startApp({ env, besides: app });
  const codeFrom = (address: string, at = app) =>
    at.codeOf(SIGNUP, { input: { email: anEmail(), password: PASSWORD } }, from(address));
  for (const code of [null, null, 'RATE_LIMITED', 'RATE_LIMITED']) expect(await codeFrom('192.0.2.1')).toBe(code);
  for (const address of ['192.0.2.2', '192.0.2.3']) expect(await codeFrom(address, replica)).toBeNull();
  expect(await codeFrom('192.0.2.4')).toBe('RATE_LIMITED');
  expect(await codeFrom('192.0.2.5', replica)).toBe('RATE_LIMITED');
});

test.runIf(runsUnlessQuick('a flood of sign-ups'))(
  'while 90 connections sign up without pause, an owner logs in at once, from their network too',
  async () => {
    const hashing = createHashing({ strength: { memoryCost: 4096, timeCost: 2, parallelism: 1 } });
    const app = await startApp({ env: BEHIND_PROXY, hashing });
    const email = anEmail();
    await app.db.user.create({
      data: { email, createdAt: app.now(), password: { create: { hash: await hashOf(PASSWORD) } } },
    });
    // In a process of its own, or the server would have its clients' work to do, too.
    const flood = startScript(`
      const signUp = async (address, n) => {
        const input = { email: 'one' + n + '-' + Math.random() + '@example.com', password: ${JSON.stringify(PASSWORD)} };
        const headers = { 'content-type': 'application/json', ...${JSON.stringify(from(''))}, 'x-forwarded-for': address };
        const body = JSON.stringify({ query: ${JSON.stringify(SIGNUP)}, variables: { input } });
        await (await fetch('${app.url}/graphql', { method: 'POST', headers, body })).text();
        return signUp(address, n);
      };
      await Promise.all(Array.from({ length: 90 }, (_, n) => signUp('192.0.2.' + (n % 2 ? 1 : n), n)));`);
    await expect.poll(hashing.waiting, { timeout: 20_000 }).toBeGreaterThan(0);
    for (const address of ['198.51.100.1', '192.0.2.1', '198.51.100.1', '192.0.2.1']) {
      expect(await app.codeOf(LOGIN, { input: { email, password: PASSWORD } }, from(address))).toBeNull();
    }
    expect((await flood.stop()).signal, 'it went on to the end').toBe('SIGTERM');
  },
  60_000,
);

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
  const taken = Array.from({ length: HASHES_AT_ONCE + 2 }, () => hashing.inTurn({ whose: 'tests' }, () => finished));
  const signups = Array.from({ length: 40 }, () =>
    app.codeOf(SIGNUP, { input: { email: anEmail(), password: PASSWORD } }),
  );
  await expect
    .poll(() => app.logged.filter((line) => line.includes('too many passwords wait')).length, { timeout: 10_000 })
    .toBeGreaterThan(5);
  const login = app.codeOf(LOGIN, { input: { email, password: PASSWORD } });
  finish();
  await Promise.all(taken);
  expect(await login).toBeNull();
  const codes = await Promise.all(signups);
  expect(new Set(codes)).toEqual(new Set([null, 'SERVICE_UNAVAILABLE']));
});
