import { expect, test } from 'vitest';
import { LOGIN, PASSWORD } from '../kit/app.ts';
import { createClient } from '../kit/client.ts';
import {
  CHANGE,
  CONFIRM,
  DAY,
  makeToken,
  REQUEST_CONFIRMATION,
  REQUEST_RESET,
  RESET,
  startMailedApp,
  UNDO,
} from './mailbox.ts';

const app = await startMailedApp();
const { db, mailsTo, templatesTo, tokenIn } = app;
const NEW = 'another horse battery staple';
const ME = '{ me { id email emailVerified } }';
const login = (email: string, password: string) => app.codeOf(LOGIN, { input: { email, password } });
const signIn = async (email: string, password: string) => {
  const { data } = await app.ask(LOGIN, { input: { email, password } });
  return createClient(app.url, { authorization: `Bearer ${data.login.accessToken}` });
};

test('a mailbox is confirmed by the link that was mailed to it, and then not asked for again', async () => {
  const ann = await app.as('ann');
  expect((await ann.ask(ME)).data.me).toMatchObject({ emailVerified: false });
  expect(await ann.ask(REQUEST_CONFIRMATION)).toMatchObject({ data: { requestEmailConfirmation: true } });
  const token = await tokenIn('CONFIRM_EMAIL', ann.email);
  expect(await app.ask(CONFIRM, { token })).toMatchObject({ data: { confirmEmail: true } });
  expect(await ann.codeOf(ME), 'the access token says that it is not').toBe('TOKEN_EXPIRED');
  const again = await signIn(ann.email, PASSWORD);
  expect((await again.ask(ME)).data.me).toMatchObject({ emailVerified: true });
  expect(await again.ask(REQUEST_CONFIRMATION)).toMatchObject({ data: { requestEmailConfirmation: true } });
  expect(await templatesTo(ann.email)).toEqual(['CONFIRM_EMAIL']);
});

test('whoever has the mailbox chooses another password, which ends all sessions and confirms the email', async () => {
  const bob = await app.as('bob');
  expect(await app.ask(REQUEST_RESET, { email: ' BOB@example.com ' })).toMatchObject({
    data: { requestPasswordReset: true },
  });
  const token = await tokenIn('RESET_PASSWORD', bob.email);
  const { errors } = await app.ask(RESET, { token, newPassword: 'bob' });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'WEAK_PASSWORD', fields: { newPassword: expect.any(String) } });
  expect(await app.codeOf(RESET, { token, newPassword: bob.email }), 'its own email').toBe('WEAK_PASSWORD');
  expect(await bob.codeOf(ME), 'nothing has happened').toBeNull();
  expect(await app.ask(RESET, { token, newPassword: NEW })).toMatchObject({ data: { resetPassword: true } });
  expect(await bob.codeOf(ME)).toBe('SESSION_ENDED');
  expect(await login(bob.email, PASSWORD)).toBe('INVALID_CREDENTIALS');
  const again = await signIn(bob.email, NEW);
  expect((await again.ask(ME)).data.me).toMatchObject({ id: bob.id, emailVerified: true });
  const told = (await mailsTo(bob.email)).at(-1);
  expect(told).toMatchObject({ template: 'PASSWORD_CHANGED', token: null });
  expect(told?.text.replaceAll(/\s+/g, ' ')).toContain(`on ${app.now().toUTCString()}, from 127.0.0.1, with node.`);
});

test('an account without a password gets one by a reset; a disabled one gets no mail', async () => {
  const { email, id } = await app.as('without');
  await db.password.delete({ where: { userId: id } });
  await app.ask(REQUEST_RESET, { email });
  expect(await app.codeOf(RESET, { token: await tokenIn('RESET_PASSWORD', email), newPassword: NEW })).toBeNull();
  expect(await login(email, NEW)).toBeNull();
  const disabled = await app.as('disabled');
  const token = await makeToken('RESET_PASSWORD', { userId: disabled.id, email: disabled.email }, app);
  await db.user.update({ where: { id: disabled.id }, data: { disabled: true } });
  await app.ask(REQUEST_RESET, { email: disabled.email });
  expect(await templatesTo(disabled.email)).toEqual([]);
  expect(await app.codeOf(RESET, { token })).toBe('BAD_USER_INPUT');
});

test('an owner whom guesses have locked out gets in again by a reset', async () => {
  const { email } = await app.as('guessed');
  for (let n = 0; n < 10; n++) await login(email, 'wrong horse battery staple');
  expect(await login(email, PASSWORD)).toBe('RATE_LIMITED');
  await app.ask(REQUEST_RESET, { email });
  await app.ask(RESET, { token: await tokenIn('RESET_PASSWORD', email), newPassword: NEW });
  expect(await login(email, NEW)).toBeNull();
});

test('the email changes once the new mailbox has agreed; sessions stay, and the old mailbox hears of it', async () => {
  const cat = await app.as('cat');
  const newEmail = 'cat@new.example.com';
  expect(await cat.codeOf(CHANGE, { newEmail, password: NEW })).toBe('INVALID_CREDENTIALS');
  expect(await cat.codeOf(CHANGE, { newEmail: 'no email', password: PASSWORD })).toBe('BAD_USER_INPUT');
  expect(await cat.codeOf(CHANGE, { newEmail: 'CAT@example.com', password: PASSWORD })).toBe('BAD_USER_INPUT');
  expect(await templatesTo(newEmail)).toEqual([]);
  expect(await cat.ask(CHANGE, { newEmail: ' Cat@New.example.com', password: PASSWORD })).toMatchObject({
    data: { changeEmail: true },
  });
  expect((await cat.ask(ME)).data.me, 'nothing has happened').toMatchObject({ email: cat.email });
  expect(await app.codeOf(CONFIRM, { token: await tokenIn('CHANGE_EMAIL', newEmail) })).toBeNull();
  const refresh = 'mutation ($input: RefreshInput) { refresh(input: $input) { user { email emailVerified } } }';
  const { data } = await app.ask(refresh, { input: { refreshToken: cat.refreshToken } });
  expect(data.refresh.user).toEqual({ email: newEmail, emailVerified: true });
  expect(await login(cat.email, PASSWORD)).toBe('INVALID_CREDENTIALS');
  expect(await login(newEmail, PASSWORD)).toBeNull();
  const told = (await mailsTo(cat.email)).at(-1);
  expect(told).toMatchObject({ template: 'EMAIL_CHANGED', text: expect.stringContaining(newEmail) });
});

test('an owner gets the account back from whoever changed email and password, within seven days', async () => {
  const dan = await app.as('dan');
  await dan.ask(CHANGE, { newEmail: 'thief@example.com', password: PASSWORD });
  await app.ask(CONFIRM, { token: await tokenIn('CHANGE_EMAIL', 'thief@example.com') });
  const thief = await signIn('thief@example.com', PASSWORD);
  const change = `mutation { changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "${NEW}" }) }`;
  expect(await thief.codeOf(change)).toBeNull();
  // By another change the thief gets a link of the same kind, which must not count against the owner's.
  await thief.ask(CHANGE, { newEmail: 'thief@elsewhere.example.com', password: NEW });
  await app.ask(CONFIRM, { token: await tokenIn('CHANGE_EMAIL', 'thief@elsewhere.example.com') });
  const theirs = await tokenIn('EMAIL_CHANGED', 'thief@example.com');
  const pending = await makeToken('CHANGE_EMAIL', { userId: dan.id, email: 'thief@third.example.com' }, app);
  await app.advance(7 * DAY - 1000);
  const again = await signIn('thief@elsewhere.example.com', NEW);

  expect(await app.codeOf(UNDO, { token: await tokenIn('EMAIL_CHANGED', dan.email) })).toBeNull();
  expect(await again.codeOf(ME)).toBe('SESSION_ENDED');
  for (const email of ['thief@elsewhere.example.com', 'thief@example.com', dan.email]) {
    for (const password of [PASSWORD, NEW]) expect(await login(email, password)).toBe('INVALID_CREDENTIALS');
  }
  expect(await app.codeOf(UNDO, { token: theirs })).toBe('BAD_USER_INPUT');
  expect(await app.codeOf(CONFIRM, { token: pending })).toBe('BAD_USER_INPUT');
  const token = await tokenIn('RESET_PASSWORD', dan.email);
  expect(await app.codeOf(RESET, { token, newPassword: `${NEW} too` })).toBeNull();
  const owner = await signIn(dan.email, `${NEW} too`);
  expect((await owner.ask(ME)).data.me).toEqual({ id: dan.id, email: dan.email, emailVerified: true });
});

test('an email that somebody else has by now is not given to anybody else', async () => {
  const [eve, fay] = [await app.as('eve'), await app.as('fay')];
  const change = await makeToken('CHANGE_EMAIL', { userId: eve.id, email: fay.email }, app);
  const undo = await makeToken('UNDO_EMAIL_CHANGE', { userId: eve.id, email: fay.email }, app);
  expect(await app.codeOf(CONFIRM, { token: change })).toBe('BAD_USER_INPUT');
  expect(await app.codeOf(UNDO, { token: undo })).toBe('BAD_USER_INPUT');
  expect((await eve.ask(ME)).data.me.email, 'nothing of it is done').toBe(eve.email);
  expect(await login(eve.email, PASSWORD)).toBeNull();
});

test('an email changed by plain SQL is not confirmed any more', async () => {
  const { id } = await app.as('gil');
  await db.user.update({ where: { id }, data: { emailVerifiedAt: app.now() } });
  await db.$executeRaw`UPDATE "User" SET email = 'gil@new.example.com' WHERE id = ${id}::uuid`;
  expect(await db.user.findUnique({ where: { id } })).toMatchObject({ emailVerifiedAt: null, rightsVersion: 2 });
});

test('to open a link changes nothing: a mutation is not answered to GET', async () => {
  const { id, email } = await app.as('hal');
  const token = await makeToken('CONFIRM_EMAIL', { userId: id, email }, app);
  const query = new URLSearchParams({ query: `mutation { confirmEmail(token: "${token}") }` });
  const response = await fetch(`${app.url}/graphql?${query}`, { headers: { accept: 'application/json' } });
  expect(response.status).toBe(405);
  expect((await db.user.findUnique({ where: { id } }))?.emailVerifiedAt).toBeNull();
  expect(await app.codeOf(CONFIRM, { token })).toBeNull();
});
