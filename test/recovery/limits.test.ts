import { expect, test } from 'vitest';
import { PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { createClient } from '../kit/client.ts';
import { CHANGE, REQUEST_CONFIRMATION, REQUEST_RESET, startMailedApp } from './mailbox.ts';

const env = { TRUST_PROXY: '1' };
const from = (address: string) => ({ 'x-forwarded-for': address, 'x-forwarded-proto': 'https' });
const app = await startMailedApp({ env });
const confirming = await startApp({ env: { ...env, ...app.smtp.env, SIGNUP_CONFIRMATION: 'on' }, besides: app });
const reset = (email: string, address: string) => app.ask(REQUEST_RESET, { email }, from(address));
const codes = async (times: number, ask: () => Promise<string | null>) => {
  const all = [];
  for (let n = 0; n < times; n++) all.push(await ask());
  return all;
};
const FIVE = Array(5).fill(null);

test.each(['known', 'unknown'])('five mails in 15 minutes go from one network to one %s email', async (who) => {
  const email = `five.${who}@example.com`;
  if (who === 'known') await app.ask(SIGNUP, { input: { email, password: PASSWORD } }, from('192.0.2.1'));
  for (let n = 0; n < 5; n++) expect((await reset(email, '192.0.2.1')).errors).toBeUndefined();
  const refused = await reset(email, '192.0.2.1');
  expect(refused).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await reset(email, '192.0.2.2')).errors, 'from elsewhere').toBeUndefined();
  expect((await reset(`other.${email}`, '192.0.2.1')).errors, 'to somebody else').toBeUndefined();
  expect(await app.mailsTo(email)).toHaveLength(who === 'known' ? 6 : 0);
});

test('thirty mails in 15 minutes go from one network, whatever is asked for', async () => {
  const ask = (n: number) => reset(`person${n}@example.com`, '192.0.2.3');
  for (let n = 0; n < 30; n++) expect((await ask(n)).errors).toBeUndefined();
  expect((await ask(30)).errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
});

test.each(['known', 'unknown'])(
  'nobody floods the mailbox of a %s email from many networks, nor from one that it knows',
  async (who) => {
    const email = `flooded.${who}@example.com`;
    const home = `198.51.100.${who.length}`;
    if (who === 'known') await app.ask(SIGNUP, { input: { email, password: PASSWORD } }, from(home));
    for (let n = 0; n < 20; n++)
      expect((await reset(email, `203.0.113.${who.length * 20 + n}`)).errors).toBeUndefined();
    for (const address of ['203.0.113.250', home]) {
      expect((await reset(email, address)).errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
    }
  },
);

test('every mail that somebody asks for counts, and what is refused before does not', async () => {
  const address = from('192.0.2.4');
  const { data } = await app.ask(SIGNUP, { input: { email: 'ann@example.com', password: PASSWORD } }, address);
  const ann = createClient(app.url, { authorization: `Bearer ${data.signup.accessToken}` });
  const confirm = () => ann.codeOf(REQUEST_CONFIRMATION, {}, address);
  expect(await codes(6, confirm)).toEqual([...FIVE, 'RATE_LIMITED']);
  const change = (newEmail: string, password = PASSWORD) => ann.codeOf(CHANGE, { newEmail, password }, address);
  expect(await change('ann@new.example.com', 'wrong horse battery staple')).toBe('INVALID_CREDENTIALS');
  expect(await codes(6, () => change('ann@new.example.com'))).toEqual([...FIVE, 'RATE_LIMITED']);
  const signUp = (password: string) =>
    confirming.codeOf(SIGNUP, { input: { email: 'bob@example.com', password } }, address);
  expect(await signUp('short')).toBe('WEAK_PASSWORD');
  expect(await codes(6, () => signUp(PASSWORD))).toEqual([...Array(5).fill('CONFIRMATION_REQUIRED'), 'RATE_LIMITED']);
  expect(app.logged.join('')).toContain('mail-pair');
});
