import { expect, test } from 'vitest';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';

const app = await startApp();
const replica = await startApp({ besides: app });

test('twenty sign-ups at once with one email, in every spelling, make one account', async () => {
  const spellings = ['ann@example.com', 'ANN@EXAMPLE.COM', ' Ann@Example.com '];
  const codes = await Promise.all(
    Array.from({ length: 20 }, (_, n) => {
      const input = { email: spellings[n % 3], password: `${PASSWORD} ${n}` };
      return (n % 2 ? app : replica).codeOf(SIGNUP, { input });
    }),
  );
  expect(codes.filter((code) => code === null)).toHaveLength(1);
  expect(codes.filter((code) => code === 'EMAIL_TAKEN')).toHaveLength(19);
  expect(await app.db.user.findMany({ select: { email: true } })).toEqual([{ email: 'ann@example.com' }]);

  const winner = codes.indexOf(null);
  expect(
    await app.codeOf(LOGIN, { input: { email: 'ann@example.com', password: `${PASSWORD} ${winner}` } }),
  ).toBeNull();
});

test('a sign-up opens a session for a user whose email is in its normal spelling', async () => {
  const { data } = await app.ask(SIGNUP, { input: { email: ' BOB@Example.com', password: PASSWORD, name: ' Bob ' } });
  expect(data.signup.user).toMatchObject({ email: 'bob@example.com', name: 'Bob', role: 'USER' });
  const headers = { authorization: `Bearer ${data.signup.accessToken}` };
  expect(await app.ask('{ me { id } }', {}, headers)).toMatchObject({ data: { me: { id: data.signup.user.id } } });
});

test('what is no email is refused, naming the place and not the value', async () => {
  const { data, errors } = await app.ask(SIGNUP, { input: { email: 'zoe example.com', password: PASSWORD } });
  expect(data).toBeNull();
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  expect(Object.keys(errors?.[0]?.extensions.fields ?? {})).toEqual(['input.email']);
  expect(JSON.stringify(errors)).not.toContain('zoe');
});
