import { expect, test } from 'vitest';
import { startIssuer } from '../issuers/issuer.ts';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { HTTPS } from '../kit/production.ts';
import { startSmtp } from '../kit/smtp.ts';

const smtp = await startSmtp();
const app = await startApp({ env: smtp.env });
const issuer = await startIssuer();
const TRUSTED_ISSUERS = JSON.stringify([issuer.trusted]);
const proxied = await startApp({ besides: app, env: { ...smtp.env, TRUST_PROXY: '1', TRUSTED_ISSUERS } });
const root = await app.as('root', 'ADMIN');
const from = (address: string) => ({ ...HTTPS, 'x-forwarded-for': address, 'user-agent': 'Sextant/1.0' });
const login = (email: string, address: string) =>
  proxied.ask(LOGIN, { input: { email, password: PASSWORD } }, from(address));
const signUp = (email: string, address: string) =>
  proxied.ask(SIGNUP, { input: { email, password: PASSWORD } }, from(address));
const SETTINGS =
  'mutation ($input: UpdateMailSettingsInput!) { updateMailSettings(input: $input) { mailSettings { newNetwork roleChanged } } }';
const SET_ROLE = 'mutation ($id: ID!, $role: Role!) { setUserRole(userId: $id, role: $role) { id } }';

async function subjectsTo(email: string) {
  await Promise.all([app.sendMails(), proxied.sendMails()]);
  return smtp.mails.filter(({ to }) => to === email).map(({ subject }) => subject);
}

test('a sign-in from a network that was never seen is told of, and only that', async () => {
  const email = 'ann@example.com';
  await signUp(email, '192.0.2.1');
  await login(email, '192.0.2.1');
  expect(await subjectsTo(email)).toEqual([]);
  await login(email, '198.51.100.7');
  await login(email, '198.51.100.7');
  expect(await subjectsTo(email)).toEqual(['A sign-in from a new network']);
  const mail = smtp.mails.find(({ to }) => to === email);
  expect(mail?.text).toContain('from 198.51.100.7, with Sextant/1.0');
  // One IPv6 customer has all addresses of a network.
  await login(email, '2001:db8::1');
  await login(email, '2001:db8::2');
  expect(await subjectsTo(email)).toHaveLength(2);
});

test('so is a sign-in at another issuer, once, whichever tokens come of it', async () => {
  const email = 'ida@example.com';
  const signIn = async (sid: string, address: string) => {
    const token = await issuer.sign({ sub: 'ida', sid, email, email_verified: true }, { now: app.now() });
    return proxied.codeOf('{ me { id } }', {}, { authorization: `Bearer ${token}`, ...from(address) });
  };
  expect(await signIn('first', '192.0.2.1')).toBe(null);
  expect(await signIn('second', '192.0.2.1')).toBe(null);
  expect(await subjectsTo(email)).toEqual([]);
  expect(await signIn('third', '198.51.100.7')).toBe(null);
  await app.advance(1000);
  expect(await signIn('third', '198.51.100.7')).toBe(null);
  expect(await subjectsTo(email)).toEqual(['A sign-in from a new network']);
});

test('who has switched that off hears nothing of it; of another role likewise', async () => {
  const { data } = await signUp('bob@example.com', '192.0.2.1');
  const { accessToken, user } = data.signup;
  const bearer = { authorization: `Bearer ${accessToken}` };
  const answer = await app.ask(SETTINGS, { input: { newNetwork: false } }, bearer);
  expect(answer.data.updateMailSettings.mailSettings).toEqual({ newNetwork: false, roleChanged: true });
  await login(user.email, '203.0.113.9');
  expect(await subjectsTo(user.email)).toEqual([]);
  await root.ask(SET_ROLE, { id: user.id, role: 'ADMIN' });
  expect(await subjectsTo(user.email)).toEqual(['Your role was changed']);
  const again = (await login(user.email, '192.0.2.1')).data.login.accessToken;
  await app.ask(SETTINGS, { input: { roleChanged: false } }, { authorization: `Bearer ${again}` });
  await root.ask(SET_ROLE, { id: user.id, role: 'USER' });
  expect(await subjectsTo(user.email)).toEqual(['Your role was changed']);
  expect(await app.codeOf(SETTINGS, { input: {} })).toBe('UNAUTHENTICATED');
});

test('a changed password, and a refresh token that is used twice, are always told of', async () => {
  const cat = await app.as('cat');
  await cat.ask(SETTINGS, { input: { newNetwork: false, roleChanged: false } });
  await cat.ask(
    `mutation { changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "${PASSWORD} too" }) }`,
  );
  expect(await subjectsTo(cat.email)).toEqual(['Your password was changed']);
  const dan = await app.as('dan');
  const refresh = () =>
    app.codeOf('mutation ($t: String!) { refresh(input: { refreshToken: $t }) { expiresIn } }', {
      t: dan.refreshToken,
    });
  await refresh();
  await app.advance(11_000);
  expect(await refresh()).toBe('REFRESH_REJECTED');
  expect(await subjectsTo(dan.email)).toEqual(['A session of yours was ended']);
});

test('nothing is sent of what was undone, nor to an address that leads nowhere', async () => {
  const eve = await app.as('eve');
  expect(await root.codeOf(SET_ROLE, { id: root.id, role: 'USER' })).toBe('BAD_USER_INPUT');
  expect(await subjectsTo(root.email)).toEqual([]);
  await app.db.user.update({ where: { id: eve.id }, data: { email: 'eve@users.invalid' } });
  await root.ask(SET_ROLE, { id: eve.id, role: 'ADMIN' });
  await app.ask('mutation { requestPasswordReset(email: "eve@users.invalid") }');
  expect(await app.db.mail.count({ where: { to: 'eve@users.invalid' } })).toBe(0);
});
