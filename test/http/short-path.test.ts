import { expect, test, vi } from 'vitest';
import { builder } from '../../src/graphql/builder.ts';
import '../../src/schema.ts';
import { startApp } from '../kit/app.ts';

// What Yoga handles knows the request, for its own plugins; the short path has no need of it.
const PATH = '{ path }';
builder.queryField('path', (t) =>
  t.string({ auth: ['PUBLIC'], resolve: (_root, _args, context) => ('request' in context ? 'Yoga' : 'short') }),
);
// Of two answers, the later would otherwise say a second less in `retryAfter`, now and then.
vi.useFakeTimers({ toFake: ['Date'] });
const app = await startApp({ schema: builder.toSchema() });
const ann = await app.as('ann');
const eve = await app.as('eve', 'ADMIN');

/** The same request by the short path, and by Yoga's: no other address is the short path's. */
const asked = async (body: string, headers: Record<string, string>, path = '/graphql') => {
  const response = await fetch(app.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const { 'x-request-id': id, date, ...answered } = Object.fromEntries(response.headers);
  expect([id, date]).not.toContain(undefined);
  return { status: response.status, headers: answered, body: await response.text() };
};
const both = async (body: string, headers: Record<string, string> = {}) =>
  [await asked(body, headers), await asked(body, headers, '/graphql?y')] as const;
const bearing = (token: string) => ({ authorization: `Bearer ${token}` });
const pathOf = async (headers: Record<string, string> = {}, path = '/graphql', query = PATH) =>
  JSON.parse((await asked(JSON.stringify({ query }), headers, path)).body).data.path;

test('a post of JSON takes the short path, whatever form of JSON it accepts', async () => {
  expect(await pathOf()).toBe('short');
  expect(await pathOf({ ...bearing(ann.accessToken), accept: 'application/json' })).toBe('short');
  const apollo = 'application/graphql-response+json,application/json;q=0.9';
  expect(await pathOf({ accept: apollo })).toBe('short');
});

test.each([
  ['at an address with a query', {}, '/graphql?y'],
  ['from a page', { origin: 'https://elsewhere.example' }, '/graphql'],
  ['for a stream', { accept: 'text/html, application/json' }, '/graphql'],
])('every other is for Yoga: %s', async (_what, headers, path) => {
  expect(await pathOf(headers as Record<string, string>, path)).toBe('Yoga');
});

const CASES: [string, string, Record<string, unknown>?][] = [
  ['an answer', '{ me { id email viewerCan { setRole } } }'],
  ['a null', '{ viewer { id } }'],
  ['a list', 'query ($first: Int) { users(first: $first) { totalCount nodes { email } } }', { first: 5 }],
  ['a part that is refused', '{ me { id } users { totalCount } }'],
  ['a bad argument', '{ users(first: 1000) { totalCount } }'],
  ['a variable that does not fit', 'query ($first: Int) { users(first: $first) { totalCount } }', { first: 'many' }],
  ['a variable that is missing', 'query ($id: ID!) { user(id: $id) { id } }'],
  ['a syntax error', '{ me { '],
  ['an unknown field', '{ you }'],
  [
    'more unknown fields than are told of',
    `{ viewer { ${Array.from({ length: 150 }, (_, n) => `x${n}`).join(' ')} } }`,
  ],
  ['more repetitions than are compared', `{ viewer { ${'id '.repeat(985)} } }`],
  ['no operation of that name', 'fragment F on User { id }'],
  ['an id of nobody', 'mutation { revokeUserSessions(userId: "none") }'],
  ['a wrong password', 'mutation { login(input: { email: "ann@example.com", password: "wrong" }) { tokenType } }'],
  ['a cost that is over the limit', `{ tasks(first: 100) { nodes { owner { tasks(first: 100) { nodes { id } } } } } }`],
  ['one that a variable brings', 'query ($first: Int) { users(first: $first) { nodes { email } } }', { first: 1000 }],
  ['aliases over the limit', `{ ${Array.from({ length: 3000 }, (_, n) => `a${n}: tasks { totalCount }`).join(' ')} }`],
  ['fields over the limit', `{ ${'__typename '.repeat(21)} }`],
  ['a document that is too long', `{ __typename } # ${'x'.repeat(30_000)}`],
  ['a document that is too deep', `{ ${'me { '.repeat(2300)}id${' }'.repeat(2300)} }`],
  ['introspection', '{ __schema { queryType { name } } }'],
];
const PEOPLE = {
  nobody: {},
  ann: bearing(ann.accessToken),
  eve: bearing(eve.accessToken),
  forged: bearing('e30.e30.x'),
};
const ACCEPTED = ['*/*', 'application/json', 'application/graphql-response+json'];

test.each(CASES)('both paths give the same answer, byte for byte: %s', async (_what, query, variables) => {
  for (const who of Object.values(PEOPLE)) {
    for (const accept of ACCEPTED) {
      const [short, yoga] = await both(JSON.stringify({ query, variables }), { ...who, accept });
      expect(short).toEqual(yoga);
    }
  }
});

test.each([
  'no JSON',
  '[]',
  'null',
  '{}',
  '{"query":5}',
  '{"query":"{ __typename }","variables":[]}',
  '{"query":"{ __typename }","operationName":5}',
  '{"query":"{ __typename }","operationName":"Other"}',
  '{"query":"{ __typename }","extensions":{}}',
  '{"query":"{ __typename }","more":1}',
  '{"query":"{ __typename }","variables":null,"operationName":null}',
])('both paths say the same of a body such as %s', async (body) => {
  const [short, yoga] = await both(body);
  expect(short).toEqual(yoga);
});
