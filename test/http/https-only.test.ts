import { describe, expect, test } from 'vitest';
import { SECRET, startApp } from '../kit/app.ts';

const PRODUCTION = { NODE_ENV: 'production', JWT_SECRET: SECRET, DATA_DIR: '/nowhere', GRAPHIQL: 'on' };
const ME = JSON.stringify({ query: '{ __typename }' });

const REQUESTS: [string, string, RequestInit][] = [
  ['a query', '/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: ME }],
  ['the page of GraphiQL', '/graphql', { headers: { accept: 'text/html' } }],
  ['a preflight', '/graphql', { method: 'OPTIONS', headers: { origin: 'https://app.example.com' } }],
  ['the public keys', '/.well-known/jwks.json', {}],
  ['an address that there is not', '/', {}],
];

describe('behind a proxy that ends TLS', async () => {
  const { url } = await startApp({ env: { ...PRODUCTION, TRUST_PROXY: '1' } });
  const ask = (path: string, init: RequestInit, proto: Record<string, string>) =>
    fetch(`${url}${path}`, { ...init, headers: { ...init.headers, ...proto } });

  test.each(REQUESTS)('%s is refused over plain HTTP, and answered over HTTPS', async (_what, path, init) => {
    for (const proto of [{}, { 'x-forwarded-proto': 'http' }, { 'x-forwarded-proto': 'https, http' }] as object[]) {
      const response = await ask(path, init, proto as Record<string, string>);
      expect(response.status).toBe(403);
      expect(await response.json()).toEqual({ errors: [{ message: 'Use HTTPS.', extensions: { code: 'FORBIDDEN' } }] });
      expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    }
    const response = await ask(path, init, { 'x-forwarded-proto': 'https' });
    expect(response.status).not.toBe(403);
    expect(response.headers.get('strict-transport-security')).toContain('max-age=');
  });

  test('the probes of the platform are answered over plain HTTP, whatever their query', async () => {
    for (const path of ['/health', '/ready', '/health?from=probe']) {
      expect((await ask(path, {}, {})).status).toBe(200);
    }
  });
});

describe('behind two proxies, the outer of which ends TLS', async () => {
  const { url, db, ask } = await startApp({ env: { ...PRODUCTION, TRUST_PROXY: '2' } });
  const statusOf = async (proto: string) =>
    (await fetch(`${url}/health2`, { headers: { 'x-forwarded-proto': proto } })).status;

  test('the scheme is what the outer one says, at the same place as the address', async () => {
    expect(await statusOf('https, http')).toBe(404);
    expect(await statusOf('http, https, http')).toBe(404);
    expect(await statusOf('https'), 'passed on by the inner one').toBe(404);
    expect(await statusOf('http')).toBe(403);
    expect(await statusOf('http, http')).toBe(403);
    expect(await statusOf('https, http, http')).toBe(403);
    const signup =
      'mutation { signup(input: { email: "ann@example.com", password: "correct horse battery" }) { tokenType } }';
    const headers = { 'x-forwarded-proto': 'https, http', 'x-forwarded-for': '203.0.113.9, 198.51.100.7, 10.0.0.1' };
    expect((await ask(signup, {}, headers)).errors).toBeUndefined();
    expect(await db.session.findMany({ select: { ipAddress: true } })).toEqual([{ ipAddress: '198.51.100.7' }]);
  });
});

describe('without TLS in development', async () => {
  const { url } = await startApp();

  test('plain HTTP is served', async () => {
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    expect(response.headers.get('strict-transport-security')).toBeNull();
  });
});
