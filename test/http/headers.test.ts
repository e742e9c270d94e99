import { describe, expect, test } from 'vitest';
import { SIGNUP, startApp } from '../kit/app.ts';

const app = await startApp({ env: { CORS_ORIGINS: 'https://app.example.com,http://localhost:3000' } });
const closed = await startApp();
const query = JSON.stringify({ query: '{ __typename }' });

const from = (origin: string | null, { url } = app, method = 'POST') =>
  fetch(`${url}/graphql`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(origin === null ? {} : { origin }),
      ...(method === 'OPTIONS' && {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, traceparent, x-of-a-client',
      }),
    },
    body: method === 'POST' ? query : null,
  });

const corsOf = ({ headers }: Response) =>
  [...headers].filter(([name]) => name.startsWith('access-control-')).map(([name]) => name);

describe('CORS', () => {
  test.each(['https://app.example.com', 'http://localhost:3000'])('%s is listed, and may call', async (origin) => {
    for (const method of ['POST', 'OPTIONS']) {
      const { headers } = await from(origin, app, method);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
    }
    const preflight = (await from(origin, app, 'OPTIONS')).headers;
    expect(preflight.get('access-control-allow-methods')).toBe('GET, POST');
    expect(preflight.get('access-control-allow-headers')).toBe('authorization, traceparent, x-of-a-client');
  });

  test.each([
    'https://evil.example',
    'null',
    'https://app.example.com.evil.example',
    'https://evil.app.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'HTTPS://APP.EXAMPLE.COM',
    '*',
    '',
  ])('"%s" is not listed, and no header lets it', async (origin) => {
    for (const method of ['POST', 'OPTIONS']) expect(corsOf(await from(origin, app, method))).toEqual([]);
  });

  test('in development the log names an origin that is not listed, once, and no page of our own', async () => {
    const open = await startApp();
    const told = () => open.logged.filter((line) => line.includes('is not in CORS_ORIGINS'));
    for (const origin of [new URL(open.url).origin, 'http://localhost:5173', 'http://localhost:5173']) {
      for (const method of ['POST', 'OPTIONS']) await from(origin, open, method);
    }
    expect(told()).toEqual([expect.stringContaining('http://localhost:5173')]);
    expect(app.logged.join()).not.toContain('http://localhost:3000');
  });

  test('nobody is let where nobody is listed', async () => {
    for (const method of ['POST', 'OPTIONS']) {
      expect(corsOf(await from('https://app.example.com', closed, method))).toEqual([]);
    }
  });

  test('where everybody is, cookies are not, and pages without an origin are nobody', async () => {
    const open = await startApp({ env: { CORS_ORIGINS: '*' } });
    const { headers } = await from('https://anywhere.example', open);
    expect(headers.get('access-control-allow-origin')).toBe('https://anywhere.example');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(corsOf(await from('null', open))).toEqual([]);
  });

  test('what never gets as far as GraphQL can be read, too, and by nobody else', async () => {
    const tooLong = (origin: string) =>
      fetch(`${app.url}/graphql`, { method: 'POST', headers: { origin }, body: 'x'.repeat(100_001) });
    const { status, headers } = await tooLong('http://localhost:3000');
    expect(status).toBe(413);
    expect(headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('access-control-expose-headers')).toBe('x-request-id, www-authenticate, retry-after');
    for (const origin of ['null', 'https://evil.example']) expect(corsOf(await tooLong(origin))).toEqual([]);
  });

  test('every answer says that it depends on the origin', async () => {
    for (const origin of [null, 'null', 'https://app.example.com', 'https://evil.example']) {
      for (const method of ['POST', 'OPTIONS', 'GET']) {
        expect((await from(origin, app, method)).headers.get('vary'), `${method} from ${origin}`).toBe('Origin');
      }
    }
  });
});

describe('every answer', () => {
  const answers: [string, () => Promise<Response>][] = [
    ['a query', () => from(null)],
    [
      'a query that is refused',
      () =>
        fetch(`${app.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
    ],
    ['another method', () => from(null, app, 'GET')],
    ['another address', () => fetch(`${app.url}/nowhere`)],
    ['health', () => fetch(`${app.url}/health`)],
    ['readiness', () => fetch(`${app.url}/ready`)],
    ['GraphiQL', () => fetch(`${app.url}/graphql`, { headers: { accept: 'text/html' } })],
    ['a body that is too long', () => fetch(`${app.url}/graphql`, { method: 'POST', body: 'x'.repeat(100_001) })],
    ['a form', () => fetch(`${app.url}/oauth/revoke`, { method: 'POST', body: new URLSearchParams({ token: 'x' }) })],
  ];

  test.each(answers)('to %s has its id, cannot be taken for another type and is not kept', async (_name, ask) => {
    const { headers } = await ask();
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('vary')).toBe('Origin');
  });

  test.each(answers)('to %s says nothing of what the server is made of', async (_name, ask) => {
    const names = [...(await ask()).headers].map(([name]) => name);
    for (const name of ['server', 'x-powered-by', 'x-yoga-id', 'strict-transport-security']) {
      expect(names).not.toContain(name);
    }
  });

  test('tokens are not kept in whatever form they are asked for', async () => {
    const input = { email: 'ann@example.com', password: 'correct horse battery staple' };
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: SIGNUP, variables: { input } }),
    });
    expect(await response.text()).toContain('"accessToken"');
    expect(response.headers.get('cache-control')).toContain('no-store');
  });
});

describe('behind a proxy that ends TLS', async () => {
  const { url } = await startApp({ env: { TRUST_PROXY: '1' } });
  const via = (proto: string | null, path = '/graphql') =>
    fetch(`${url}${path}`, {
      method: path === '/graphql' ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', ...(proto === null ? {} : { 'x-forwarded-proto': proto }) },
      body: path === '/graphql' ? query : null,
    });

  test('a request that came by HTTPS is answered, and the browser told to keep to it', async () => {
    const { status, headers } = await via('https');
    expect([status, headers.get('strict-transport-security')]).toEqual([200, 'max-age=63072000']);
  });

  test.each([null, 'http', 'https, http', 'httpsx'])('one that came as %s is refused', async (proto) => {
    const response = await via(proto);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      errors: [{ message: 'Use HTTPS.', extensions: { code: 'FORBIDDEN' } }],
    });
  });

  test('the platform may ask for health without', async () => {
    expect([(await via(null, '/health')).status, (await via(null, '/ready')).status]).toEqual([200, 200]);
  });
});
