import argon2 from 'argon2';
import { afterEach, expect, test, vi } from 'vitest';
import { createHashing } from '../../src/auth/hashing.ts';
import { LOGIN, PASSWORD, startApp } from '../kit/app.ts';

const app = await startApp({ hashing: createHashing() });
const { db } = app;
const { email } = await app.as('ann');
await app.as('disabled');
await db.user.update({ where: { email: 'disabled@example.com' }, data: { disabled: true } });
await app.as('without');
await db.password.deleteMany({ where: { user: { email: 'without@example.com' } } });
const REFUSED: [reason: string, input: { email: string; password: string }][] = [
  ['an unknown email', { email: 'nobody@example.com', password: PASSWORD }],
  ['no email', { email: '', password: PASSWORD }],
  ['a wrong password', { email, password: 'wrong horse battery staple' }],
  ['an empty password', { email, password: '' }],
  ['an over-long password', { email, password: PASSWORD.repeat(100) }],
  ['halves of characters', { email, password: '\ud800'.repeat(20) }],
  ['a disabled account', { email: 'disabled@example.com', password: PASSWORD }],
  ['an account without a stored password', { email: 'without@example.com', password: PASSWORD }],
];
const MALFORMED = ['', 'x', '$argon2id$v=19$m=1,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA'];
for (const [n, hash] of MALFORMED.entries()) {
  const { email } = await app.as(`malformed${n}`);
  await db.password.updateMany({ where: { user: { email } }, data: { hash } });
  REFUSED.push([`a stored hash that is none (${hash})`, { email, password: PASSWORD }]);
}

afterEach(() => void vi.restoreAllMocks());

// Counted, for a clock would tell how busy the machine is.
test.each(REFUSED)(
  'a login refused for %s costs one comparison at full strength, and no hash',
  async (_reason, input) => {
    const [verify, hash] = [vi.spyOn(argon2, 'verify'), vi.spyOn(argon2, 'hash')];
    expect(await app.codeOf(LOGIN, { input })).toBe('INVALID_CREDENTIALS');
    const compared = verify.mock.calls.map(([stored]) => /m=\d+,t=\d+,p=\d+/.exec(stored)?.[0]);
    expect(compared).toEqual(['m=19456,t=2,p=1']);
    // One that argon2 throws out at once costs nothing.
    expect(verify.mock.settledResults).toMatchObject([{ type: 'fulfilled' }]);
    expect(hash).not.toHaveBeenCalled();
  },
);

test.each([
  ['cannot tell', () => Promise.reject(new Error('no memory')), 'INTERNAL_SERVER_ERROR'],
  ['says no', async () => false, 'INVALID_CREDENTIALS'],
  ['says anything but yes', async () => 'true' as unknown as boolean, 'INVALID_CREDENTIALS'],
])('where argon2 %s, nobody is let in', async (_what, verify, code) => {
  const hashing = createHashing({ argon2: { hash: argon2.hash, verify } });
  const replica = await startApp({ hashing, besides: app });
  expect(await replica.codeOf(LOGIN, { input: { email, password: PASSWORD } })).toBe(code);
  expect(await app.codeOf(LOGIN, { input: { email, password: PASSWORD } })).toBeNull();
});
