import { request } from 'node:http';
import { expect, test } from 'vitest';
import { putMail } from '../../src/mail/outbox.ts';
import { startApp } from '../kit/app.ts';
import { HTTPS, PRODUCTION } from '../kit/production.ts';
import { startSmtp } from '../kit/smtp.ts';

const app = await startApp();

test('without a mail server whoever develops looks at what would have been sent', async () => {
  await app.db.$transaction((tx) =>
    putMail(tx, { to: '<b>@example.com', template: 'ROLE_CHANGED', facts: { role: '<i>', when: 'today' } }, app.now()),
  );
  await app.sendMails();
  const list = await fetch(`${app.url}/dev/mail`);
  expect(list.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(list.headers.get('cache-control')).toBe('no-store');
  const html = await list.text();
  expect(html).toContain('&#60;b&#62;@example.com');
  const [, path] = /href="(\/dev\/mail\/[\w-]+)"/.exec(html) ?? [];
  const mail = await (await fetch(`${app.url}${path}`)).text();
  expect(mail).toContain('your role is &#60;i&#62;');
  expect((await fetch(`${app.url}/dev/mail/${crypto.randomUUID()}`)).status).toBe(404);
});

test('the link of a mail that is only kept works', async () => {
  const { email } = await app.as('ann');
  await app.ask('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email });
  await app.sendMails();
  const { id } = await app.db.mail.findFirstOrThrow({ where: { template: 'RESET_PASSWORD' } });
  const page = await (await fetch(`${app.url}/dev/mail/${id}`)).text();
  const [, token] = /href="http:[^"]*#\/reset-password\?token=([\w-]{43})"/.exec(page) ?? [];
  const reset = 'mutation ($token: String!) { resetPassword(token: $token, newPassword: "a hundred and two geese") }';
  expect((await app.ask(reset, { token })).data).toEqual({ resetPassword: true });
  expect(await (await fetch(`${app.url}/dev/mail/${id}`)).text()).not.toContain(token);
});

test('nobody but this machine gets to see them, also by a name that leads here', async () => {
  const status = await new Promise((resolve) => {
    const headers = { host: 'evil.example' };
    request(`${app.url}/dev/mail`, { headers }, ({ statusCode }) => resolve(statusCode)).end();
  });
  expect(status).toBe(403);
  const behindProxy = await startApp({ env: { TRUST_PROXY: '1' } });
  const from = async (address: string) =>
    (await fetch(`${behindProxy.url}/dev/mail`, { headers: { ...HTTPS, 'x-forwarded-for': address } })).status;
  expect([await from('192.0.2.1'), await from('127.0.0.1'), await from('::1')]).toEqual([403, 200, 200]);
});

test('where mails are sent, and in production, there is no such page', async () => {
  const sending = await startApp({ env: (await startSmtp()).env });
  expect((await fetch(`${sending.url}/dev/mail`)).status).toBe(404);
  const inProduction = await startApp({ env: PRODUCTION });
  expect((await fetch(`${inProduction.url}/dev/mail`, { headers: HTTPS })).status).toBe(404);
});
