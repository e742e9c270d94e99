import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { HTTPS, PRODUCTION } from '../kit/production.ts';

const pageOf = (url: string) => fetch(`${url}/graphql`, { headers: { accept: 'text/html', ...HTTPS } });

describe('in production', async () => {
  const { ask, db, url } = await startApp({ env: PRODUCTION });

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

  const SIGNUP = 'signup(input: { email: "ann@example.com", password: "correct horse battery staple" })';
  test.each([
    ['in a query', '{ __typename }', { __typename: 'Query' }],
    ['by another name', '{ name: __typename }', { name: 'Query' }],
    ['in a fragment', '{ ...F } fragment F on Query { __typename }', { __typename: 'Query' }],
    ['in a mutation', 'mutation { __typename }', { __typename: 'Mutation' }],
    ['of an object', `mutation { ${SIGNUP} { user { __typename } } }`, { signup: { user: { __typename: 'User' } } }],
  ])('__typename always works: %s', async (_where, query, data) => {
    for (const authorization of ['', 'Bearer nonsense']) {
      if (query.includes(SIGNUP)) await db.user.deleteMany();
      expect((await ask(query, {}, { ...HTTPS, authorization })).data).toEqual(data);
    }
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
    const { data } = await ask('{ __type(name: "Session") { description } }');
    expect(data.__type.description).toContain('Requires: owner or admin.');
    const response = await pageOf(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toMatch(
      /default-src 'none';.*frame-ancestors 'none';.*script-src 'sha256-[\w+/=]+' 'sha256-[\w+/=]+'$/,
    );
    expect(await response.text()).toContain('<title>Latchkey</title>');
  });
});
