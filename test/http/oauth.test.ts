import { expect, test } from 'vitest';
import { PASSWORD, startApp } from '../kit/app.ts';
import { createClient } from '../kit/client.ts';
import { opened } from '../kit/opened.ts';

const app = await startApp({ env: { OAUTH_PASSWORD_GRANT: 'on' } });
const ann = await app.as('ann');
const sent: string[] = [];
const TOKEN = expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/);

const token = (form: Form, headers: Record<string, string> = {}) => post('/oauth/token', form, headers);
const revoke = (form: Form) => post('/oauth/revoke', form);
async function post(path: string, form: Form, headers: Record<string, string> = {}) {
  const response = await fetch(app.url + path, { method: 'POST', headers, body: new URLSearchParams(form) });
  const body = await response.json();
  sent.push(...[body.access_token ?? [], body.refresh_token ?? []].flat());
  return { status: response.status, headers: response.headers, body };
}

const PASSWORD_GRANT = { grant_type: 'password', username: 'ann@example.com', password: PASSWORD };
const refreshing = (refreshToken: string) => ({ grant_type: 'refresh_token', refresh_token: refreshToken });
const meWith = (accessToken: string) => app.codeOf('{ me { id } }', {}, { authorization: `Bearer ${accessToken}` });

test('the password grant signs in, as the login mutation does', async () => {
  const { status, headers, body } = await token(PASSWORD_GRANT);
  expect(status).toBe(200);
  expect(body).toEqual({ access_token: TOKEN, token_type: 'Bearer', expires_in: 900, refresh_token: TOKEN });
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('pragma')).toBe('no-cache');
  expect(headers.getSetCookie()).toEqual([]);
  expect(opened(body.access_token).claims['sub']).toBe(ann.id);
  expect(await meWith(body.access_token)).toBe(null);
  const [session] = (await bearing(body.access_token).ask('{ sessions { current ipAddress } }')).data.sessions;
  expect(session).toEqual({ current: true, ipAddress: '127.0.0.1' });
});

test.each<[string, Form, Record<string, string>]>([
  ['curl -d username=… -d password=…', { username: 'ann@example.com', password: PASSWORD }, {}],
  ['an email in capitals', { ...PASSWORD_GRANT, username: ' Ann@Example.COM ' }, {}],
  ['the Authorize button of an OpenAPI page', { ...PASSWORD_GRANT, scope: '', client_id: '', client_secret: '' }, {}],
  [
    'the same, with scopes and a client',
    { ...PASSWORD_GRANT, scope: 'tasks me', client_id: 'docs', client_secret: 'x' },
    {},
  ],
  ['a client that says who it is by header', PASSWORD_GRANT, { authorization: `Basic ${btoa('docs:x')}` }],
  ['an old access token beside it', PASSWORD_GRANT, { authorization: 'Bearer nonsense' }],
  ['a charset', PASSWORD_GRANT, { 'content-type': 'Application/X-WWW-Form-URLEncoded; charset=utf-8' }],
])('tools can sign in: %s', async (_tool, form, headers) => {
  const { status, body } = await token(form, headers);
  expect(status).toBe(200);
  expect(await meWith(body.access_token)).toBe(null);
});

test('the refresh_token grant rotates, as the refresh mutation does, and they take each other’s tokens', async () => {
  const { body: first } = await token(PASSWORD_GRANT);
  const { status, headers, body: second } = await token(refreshing(first.refresh_token));
  expect({ status, expires: second.expires_in, cache: headers.get('cache-control') }).toEqual({
    status: 200,
    expires: 900,
    cache: 'no-store',
  });
  const { data } = await app.ask(REFRESH, { token: second.refresh_token });
  const { body: fourth } = await token(refreshing(data.refresh.refreshToken));
  expect(await meWith(fourth.access_token)).toBe(null);

  await app.advance(11_000);
  expect(await token(refreshing(first.refresh_token))).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect(await meWith(fourth.access_token), 'reuse ends the session, whoever notices').toBe('SESSION_ENDED');
});

test.each<[string, string, Form]>([
  ['invalid_grant', 'a wrong password', { ...PASSWORD_GRANT, password: 'wrong' }],
  ['invalid_grant', 'an unknown email', { ...PASSWORD_GRANT, username: 'nobody@example.com' }],
  ['invalid_grant', 'an empty password', { ...PASSWORD_GRANT, password: '' }],
  ['invalid_grant', 'an empty email', { ...PASSWORD_GRANT, username: '' }],
  ['invalid_grant', 'an over-long password', { ...PASSWORD_GRANT, password: 'x'.repeat(2000) }],
  ['invalid_grant', 'NUL', { ...PASSWORD_GRANT, username: 'ann@example.com\0', password: '\0' }],
  ['invalid_grant', 'a refresh token that is none', refreshing('nonsense')],
  ['invalid_grant', 'an access token as refresh token', refreshing(ann.accessToken)],
  ['invalid_request', 'nothing', {}],
  ['invalid_request', 'no username', { grant_type: 'password', password: PASSWORD }],
  ['invalid_request', 'no password', { grant_type: 'password', username: 'ann@example.com' }],
  ['invalid_request', 'a username alone', { username: 'ann@example.com' }],
  ['invalid_request', 'no refresh token', { grant_type: 'refresh_token' }],
  ['invalid_request', 'an empty refresh token', refreshing('')],
  ['unsupported_grant_type', 'another grant', { grant_type: 'client_credentials' }],
  ['unsupported_grant_type', 'a grant in capitals', { ...PASSWORD_GRANT, grant_type: 'PASSWORD' }],
  ['unsupported_grant_type', 'the name of a method', { ...PASSWORD_GRANT, grant_type: 'constructor' }],
  ['invalid_request', 'a form that is too large', { ...PASSWORD_GRANT, more: 'x'.repeat(10_000) }],
])('RFC 6749 §5.2: %s for %s', async (error, _what, form) => {
  const { status, headers, body } = await token(form);
  expect({ status, error: body.error }).toEqual({ status: 400, error });
  expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).not.toHaveProperty('access_token');
});

test('wrong, unknown and disabled are answered alike', async () => {
  const bob = await app.as('bob');
  const root = await app.as('root', 'ADMIN');
  await root.ask('mutation ($id: ID!) { setUserDisabled(userId: $id, disabled: true) { id } }', { id: bob.id });
  const answers = [
    await token({ ...PASSWORD_GRANT, username: bob.email }),
    await token({ ...PASSWORD_GRANT, username: 'nobody@example.com' }),
    await token({ ...PASSWORD_GRANT, password: 'wrong' }),
  ];
  const [one, ...others] = answers.map(({ status, body }) => ({ status, body }));
  for (const other of others) expect(other).toEqual(one);
});

const form = new URLSearchParams(PASSWORD_GRANT).toString();
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
test.each<[string, string, RequestInit]>([
  ['JSON', '/oauth/token', { body: JSON.stringify(PASSWORD_GRANT), headers: { 'content-type': 'application/json' } }],
  ['plain text', '/oauth/token', { body: form, headers: { 'content-type': 'text/plain' } }],
  ['multipart', '/oauth/token', { body: formData(PASSWORD_GRANT) }],
  ['a parameter twice', '/oauth/token', { body: `${form}&username=ann%40example.com`, headers: FORM }],
  ['a query string', `/oauth/token?${form}`, { body: '', headers: FORM }],
  ['a query string with GET', `/oauth/token?${form}`, { method: 'GET' }],
  ['PUT', '/oauth/token', { method: 'PUT', body: form, headers: FORM }],
])('credentials are read from a form that is posted, not from %s', async (_where, path, init) => {
  const response = await fetch(app.url + path, { method: 'POST', ...init });
  expect({ status: response.status, ...(await response.json()) }).toMatchObject({
    status: 400,
    error: 'invalid_request',
  });
});

test('a form is as large as it is, whether or not it states its length', async () => {
  const stream = (text: string) => ({ body: new Blob([text]).stream(), headers: FORM, duplex: 'half' }) as RequestInit;
  const post = (init: RequestInit) => fetch(`${app.url}/oauth/token`, { method: 'POST', ...init });
  expect((await post(stream(form))).status).toBe(200);
  expect((await post(stream(`${form}&more=${'x'.repeat(10_000)}`))).status).toBe(400);
});

test('revoking ends the session of a refresh token, or of an access token, and no other', async () => {
  const [kept, byRefresh, byAccess, byHint] = await Promise.all(
    [1, 2, 3, 4].map(async () => (await token(PASSWORD_GRANT)).body),
  );
  const forms: Form[] = [
    { token: byRefresh.refresh_token },
    { token: byAccess.access_token },
    { token: byHint.refresh_token, token_type_hint: 'access_token', client_id: 'docs' },
  ];
  for (const form of forms) {
    const { status, headers, body } = await revoke(form);
    expect({ status, body, cache: headers.get('cache-control') }).toEqual({ status: 200, body: {}, cache: 'no-store' });
  }
  for (const { access_token, refresh_token } of [byRefresh, byAccess, byHint]) {
    expect(await meWith(access_token)).toBe('SESSION_ENDED');
    expect((await token(refreshing(refresh_token))).body.error).toBe('invalid_grant');
  }
  expect(await meWith(kept.access_token)).toBe(null);
});

test('an access token that has expired still ends its session', async () => {
  const { body } = await token(PASSWORD_GRANT);
  await app.advance(20 * 60_000);
  expect(await meWith(body.access_token)).toBe('TOKEN_EXPIRED');
  expect((await revoke({ token: body.access_token })).status).toBe(200);
  expect((await token(refreshing(body.refresh_token))).body.error).toBe('invalid_grant');
});

test('RFC 7009 §2.2: what is no token of ours, or revoked already, is no error; no token at all is', async () => {
  const { body } = await token(PASSWORD_GRANT);
  for (const text of [body.refresh_token, body.refresh_token, 'nonsense', `${body.access_token}x`]) {
    expect(await revoke({ token: text })).toMatchObject({ status: 200, body: {} });
  }
  for (const form of [{}, { token: '' }, { access_token: body.access_token }] as Form[]) {
    expect(await revoke(form)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  }
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"token":"x"}' };
  expect((await fetch(`${app.url}/oauth/revoke`, json)).status).toBe(400);
});

test('no token and no password is in any line of the log', () => {
  const log = app.logged.join('\n');
  expect(log).toContain('INVALID_CREDENTIALS');
  expect(sent.length).toBeGreaterThan(20);
  for (const part of sent.flatMap((text) => text.split('.').slice(1))) expect(log).not.toContain(part);
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'nonsense']) expect(log).not.toContain(secret);
});

const REFRESH = 'mutation ($token: String!) { refresh(input: { refreshToken: $token }) { refreshToken } }';
const bearing = (accessToken: string) => createClient(app.url, { authorization: `Bearer ${accessToken}` });

function formData(fields: Form) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

type Form = Record<string, string>;
