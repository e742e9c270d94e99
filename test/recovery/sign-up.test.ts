import { expect, test } from 'vitest';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { CONFIRM, DAY, startMailedApp } from './mailbox.ts';

const app = await startMailedApp({ env: { SIGNUP_CONFIRMATION: 'on' } });
const { mailsTo, tokenIn } = app;
const open = await startApp({ besides: app, env: app.smtp.env });
const signUp = (email: string, password = PASSWORD, name?: string) =>
  app.codeOf(SIGNUP, { input: { email, password, name } });
const login = (email: string, password = PASSWORD) => app.codeOf(LOGIN, { input: { email, password } });

test('an account is there once its mailbox is confirmed, and then its password signs in', async () => {
  const email = 'ann@example.com';
  expect(await signUp(' ANN@example.com', PASSWORD, 'Ann')).toBe('CONFIRMATION_REQUIRED');
  expect(await app.db.user.count()).toBe(0);
  expect(await login(email)).toBe('INVALID_CREDENTIALS');
  expect(await app.codeOf(CONFIRM, { token: await tokenIn('SIGN_UP', email) })).toBeNull();
  const query = `mutation ($input: LoginInput!) { login(input: $input) { user { email name emailVerified } } }`;
  const { data } = await app.ask(query, { input: { email, password: PASSWORD } });
  expect(data.login.user).toEqual({ email, name: 'Ann', emailVerified: true });
  expect(await app.db.pendingSignup.count()).toBe(0);
});

test('whoever has the mailbox decides which of several sign-ups it is, and the others are of no use then', async () => {
  const email = 'bob@example.com';
  expect(await signUp(email, 'somebody elses password')).toBe('CONFIRMATION_REQUIRED');
  const theirs = await tokenIn('SIGN_UP', email);
  await open.advance(1000);
  expect(await signUp(email)).toBe('CONFIRMATION_REQUIRED');
  expect(await app.codeOf(CONFIRM, { token: await tokenIn('SIGN_UP', email) })).toBeNull();
  expect(await app.codeOf(CONFIRM, { token: theirs })).toBe('BAD_USER_INPUT');
  expect(await login(email)).toBeNull();
  expect(await login(email, 'somebody elses password')).toBe('INVALID_CREDENTIALS');
});

test('the owner of a taken email gets a mail without a link, and nothing else happens', async () => {
  const { email } = await open.as('cat');
  expect(await signUp(email, 'somebody elses password')).toBe('CONFIRMATION_REQUIRED');
  expect(await mailsTo(email)).toMatchObject([{ template: 'ACCOUNT_EXISTS', token: null }]);
  expect(await login(email)).toBeNull();
});

test('what is not confirmed in a day has to be signed up for anew', async () => {
  const email = 'dan@example.com';
  await signUp(email);
  const token = await tokenIn('SIGN_UP', email);
  await open.advance(DAY);
  expect(await app.codeOf(CONFIRM, { token })).toBe('BAD_USER_INPUT');
  expect(await signUp(email)).toBe('CONFIRMATION_REQUIRED');
});

test('what cannot be an account is refused at once, as without confirmation', async () => {
  expect(await signUp('no email')).toBe('BAD_USER_INPUT');
  expect(await signUp('eve@example.com', 'short')).toBe('WEAK_PASSWORD');
  expect(await signUp('eve@example.com', PASSWORD, 'x'.repeat(101))).toBe('BAD_USER_INPUT');
  expect(await mailsTo('eve@example.com')).toEqual([]);
});

test('off, a sign-up is one step', async () => {
  expect(await open.codeOf(SIGNUP, { input: { email: 'fay@example.com', password: PASSWORD } })).toBeNull();
  expect(await open.codeOf(SIGNUP, { input: { email: 'fay@example.com', password: PASSWORD } })).toBe('EMAIL_TAKEN');
  expect(await mailsTo('fay@example.com')).toEqual([]);
});
