import { expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';

const DAY = 86_400_000;
const app = await startApp({ env: { SECURITY_CONTACT: 'mailto:security@example.com' } });
const securityTxt = ({ url }: { url: string }, init?: RequestInit) => fetch(`${url}/.well-known/security.txt`, init);

test('tells whoever found a weakness whom to write to, for the next thirty days', async () => {
  const response = await securityTxt(app);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('public, max-age=86400');
  const expires = new Date(app.now().getTime() + 30 * DAY).toISOString();
  expect(await response.text()).toBe(`Contact: mailto:security@example.com\nExpires: ${expires}\n`);
});

test('goes on holding while the server runs', async () => {
  await app.advance(60 * DAY);
  const [, expires = ''] = /Expires: (.*)/.exec(await (await securityTxt(app)).text()) ?? [];
  expect(Date.parse(expires)).toBe(app.now().getTime() + 30 * DAY);
});

test('is not there where no contact is configured, nor for a POST', async () => {
  expect((await securityTxt(await startApp())).status).toBe(404);
  expect((await securityTxt(app, { method: 'POST' })).status).toBe(404);
});
