import { expect, test } from 'vitest';
import { LOGIN, PASSWORD, startApp } from '../kit/app.ts';

const ON = { OAUTH_PASSWORD_GRANT: 'on' };

async function post(url: string, path: string, fields: Record<string, string>) {
  const response = await fetch(url + path, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

test('without OAUTH_PASSWORD_GRANT there is no token endpoint, but tokens can be revoked', async () => {
  for (const env of [{}, { OAUTH_PASSWORD_GRANT: 'off' }] as Record<string, string>[]) {
    const app = await startApp({ env });
    const { refreshToken, email } = await app.as('ann');
    const body = new URLSearchParams({ grant_type: 'password', username: email, password: PASSWORD });
    expect((await fetch(`${app.url}/oauth/token`, { method: 'POST', body })).status).toBe(404);
    expect(await app.db.session.count()).toBe(1);
    expect((await post(app.url, '/oauth/revoke', { token: refreshToken })).status).toBe(200);
    expect(await app.db.session.count({ where: { endedAt: null } })).toBe(0);
  }
});

test('guesses are counted together: what fails by one way is refused by the other', async () => {
  const app = await startApp({ env: ON });
  await app.as('ann');
  await app.as('bob');
  const oauth = (username: string, password: string) => post(app.url, '/oauth/token', { username, password });
  const graphql = (email: string, password: string) => app.ask(LOGIN, { input: { email, password } });

  for (let n = 0; n < 10; n++) expect((await graphql('ann@example.com', 'wrong')).status).toBe(200);
  const limited = await oauth('ann@example.com', PASSWORD);
  expect(limited).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } });
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(limited.headers.get('cache-control')).toBe('no-store');

  for (let n = 0; n < 10; n++) expect((await oauth('bob@example.com', 'wrong')).status).toBe(400);
  const { status, errors } = await graphql('bob@example.com', PASSWORD);
  expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 429, code: 'RATE_LIMITED' });
});

test('what is broken on our side is neither the client’s fault nor explained', async () => {
  const app = await startApp({ env: ON });
  const { email, refreshToken } = await app.as('ann');
  await app.db.$executeRawUnsafe('ALTER TABLE "RateLimit" RENAME TO "Gone"');
  const login = await post(app.url, '/oauth/token', { username: email, password: PASSWORD });
  expect(login).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });

  await app.db.$executeRawUnsafe('ALTER TABLE "Session" RENAME TO "AwayToo"');
  const grant = { grant_type: 'refresh_token', refresh_token: refreshToken };
  for (const { status, body } of [
    await post(app.url, '/oauth/token', grant),
    await post(app.url, '/oauth/revoke', { token: refreshToken }),
  ]) {
    expect({ status, body }).toEqual({ status: 500, body: { error: 'server_error' } });
  }
  const failures = app.logged.map((line) => JSON.parse(line)).filter(({ codes }) => codes?.INTERNAL_SERVER_ERROR);
  expect(failures).toHaveLength(2);
  for (const { level, requestId } of failures)
    expect({ level, requestId }).toEqual({ level: 50, requestId: expect.any(String) });
  expect(app.logged.join('\n')).not.toContain(refreshToken.split('.')[2]);
});
