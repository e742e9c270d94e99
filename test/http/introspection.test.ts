import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';

const PRODUCTION = {
  NODE_ENV: 'production',
  JWT_SECRET: 'kQ2vN8xR4tY7uB1mZ5cL9wE3aS6dF0gH',
  DATA_DIR: '/nowhere',
  TRUST_PROXY: '1',
};
const HTTPS = { 'x-forwarded-proto': 'https' };
const pageOf = (url: string) => fetch(`${url}/graphql`, { headers: { accept: 'text/html', ...HTTPS } });

describe('in production', async () => {
  const { ask, url } = await startApp({ env: PRODUCTION });

  test.each([
    ['the whole', getIntrospectionQuery()],
    ['__schema', '{ __schema { queryType { name } } }'],
    ['__type', '{ __type(name: "User") { name } }'],
    ['an alias', '{ harmless: __type(name: "User") { name } }'],
    ['a fragment', 'fragment F on Query { __schema { types { name } } } { ...F }'],
  ])('the schema is not shown: %s', async (_name, query) => {
    const { data, errors } = await ask(query, {}, HTTPS);
    expect(data).toBeUndefined();
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(JSON.stringify(errors)).not.toContain('UserConnection');
  });

  test('__typename works', async () => {
    expect((await ask('{ __typename }', {}, HTTPS)).data).toEqual({ __typename: 'Query' });
  });

  test('there is no GraphiQL', async () => {
    const response = await pageOf(url);
    expect(response.status).toBe(405);
    expect(response.headers.get('content-type')).toContain('application/json');
  });
});

describe('where they are asked for by name', async () => {
  const { ask, url } = await startApp({ env: { ...PRODUCTION, GRAPHIQL: 'on', INTROSPECTION: 'on' } });

  test('production shows both', async () => {
    expect((await ask('{ __schema { queryType { name } } }', {}, HTTPS)).data.__schema.queryType.name).toBe('Query');
    expect((await pageOf(url)).status).toBe(200);
  });
});

describe('in development', async () => {
  const { ask, url } = await startApp();

  test('both are there, and the schema shows the rules in its descriptions', async () => {
    const { data } = await ask('{ __type(name: "User") { description } }');
    expect(data.__type.description).toContain('Requires: owner or admin.');
    const response = await pageOf(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toMatch(
      /default-src 'none';.*frame-ancestors 'none';.*script-src 'sha256-[\w+/=]+'$/,
    );
    expect(await response.text()).toContain('<title>Latchkey</title>');
  });
});
