import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql';
import { expect, test, vi } from 'vitest';
import { startApp } from '../../kit/app.ts';
import { statementsOf } from '../../kit/statements.ts';

// The feed of revocations asks the database twice a second, which is nobody's operation.
vi.useFakeTimers({ toFake: ['setInterval'] });
const { as, ask, url } = await startApp();
const ann = await as('ann');
const root = await as('root', 'ADMIN');

const times = (count: number, part: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => part(n)).join(' ');
const nested = (levels: number) => `{ ${'me { '.repeat(levels)}id${' }'.repeat(levels)} }`;
const deep = (levels: number) => `{ task(id: "") ${'{ blockedBy '.repeat(levels - 2)} { id }${' }'.repeat(levels - 1)}`;
const BEARING = { authorization: `Bearer ${ann.accessToken}` };
const refusal = async (query: string, variables: object = {}, { ask } = ann) => {
  const { status, data, errors } = await ask(query, variables);
  const { code, limit } = errors?.[0]?.extensions ?? {};
  return code === 'OPERATION_REFUSED' ? { status, data, ...limit } : null;
};
const refused = (name: string, found: number, allowed: number) => ({
  status: 400,
  data: undefined,
  name,
  found,
  allowed,
});

test.each([
  ['characters', `{ __typename } # ${'x'.repeat(29_983)}`, `{ __typename } # ${'x'.repeat(29_984)}`, 30_001, 30_000],
  ['tokens', `{ me { ${'id name '.repeat(497)} id } }`, `{ me { ${'id name '.repeat(498)} } }`, 1001, 1000],
  ['depth', deep(16), deep(17), 17, 16],
  ['rootFields', `{ ${times(20, () => '__typename')} }`, `{ ${times(21, () => '__typename')} }`, 21, 20],
  [
    'aliases',
    `{ me { ${times(20, (n) => `a${n}: __typename`)} } }`,
    `{ me { ${times(21, (n) => `a${n}: __typename`)} } }`,
    21,
    20,
  ],
  [
    'directives',
    `{ me { ${times(50, () => 'id @skip(if: false)')} } }`,
    `{ me { ${times(51, () => 'id @skip(if: false)')} } }`,
    51,
    50,
  ],
  [
    'introspections',
    '{ one: __type(name: "User") { name } }',
    '{ __schema { queryType { name } } __type(name: "User") { name } }',
    2,
    1,
  ],
])(
  'what is over the limit of %s is refused, and says what was found and what is allowed',
  async (name, within, over, found, allowed) => {
    expect(await refusal(within)).toBeNull();
    expect(await refusal(over)).toEqual(refused(name, found, allowed));
  },
);

test('what is asked for in fragments counts wherever it is used', async () => {
  const parts = `fragment F on User { ${times(11, (n) => `a${n}: id`)} ...G @include(if: true) } fragment G on User { id }`;
  expect(await refusal(`{ me { ...F } } ${parts}`)).toBeNull();
  expect(await refusal(`{ me { ...F ... { ...F } } } ${parts}`)).toEqual(refused('aliases', 22, 20));
});

test('fragments within fragments multiply what is counted, and not the work of counting', async () => {
  const parts = times(60, (n) => `fragment F${n} on User { ...F${n + 1} ...F${n + 1} }`);
  const start = performance.now();
  const limit = await refusal(`{ me { ...F0 } } ${parts} fragment F60 on User { a: id }`);
  expect(limit).toEqual(refused('aliases', Number.MAX_SAFE_INTEGER, 20));
  const plain = `{ tasks { nodes { owner { ...F0 } } } } ${parts} fragment F60 on User { id }`;
  expect(await refusal(plain)).toMatchObject({ name: 'cost' });
  expect(performance.now() - start).toBeLessThan(2000);
});

test('fragments that lead back to themselves are refused as such', async () => {
  const { errors } = await ann.ask('{ me { ...F } } fragment F on User { ...G } fragment G on User { ...F }');
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

test.each([490, 1060, 2300, 5900])(
  'a document nested %i deep is refused, whatever else it asks for',
  async (levels) => {
    expect((await refusal(nested(levels)))?.status).toBe(400);
    expect((await refusal(`{ tasks(filter: ${'['.repeat(levels * 2)}) }`))?.status ?? 200).toBeLessThan(500);
  },
);

test('a document that the parser cannot go down is refused, should tokens be allowed without end', async () => {
  const { ask } = await startApp({ env: { GRAPHQL_MAX_TOKENS: '100000', GRAPHQL_MAX_CHARACTERS: '100000' } });
  for (const levels of [1060, 2300, 12_000]) {
    expect(await refusal(nested(levels), {}, { ...ann, ask })).toMatchObject({
      status: 400,
      name: 'depth',
      allowed: 16,
    });
  }
});

const THREE_DEEP = '{tasks(first:100){nodes{owner{tasks(first:100){nodes{owner{tasks(first:100){nodes{id}}}}}}}}}';

test('no row is read for what is refused', async () => {
  const aliases = `{ ${times(20, (n) => `a${n}: tasks(first: 100) { nodes { title } }`)} }`;
  const sent = await statementsOf(async () => {
    expect(await refusal(THREE_DEEP)).toMatchObject({ status: 400, name: 'cost' });
    expect(await refusal(aliases)).toMatchObject({ status: 400, name: 'cost' });
    expect(await refusal(`{ ${times(240, (n) => `a${n}: tasks { totalCount }`)} }`)).toMatchObject({ status: 400 });
  });
  expect(sent).toEqual([]);
});

test('page sizes in variables cost as much as written ones, each time that the document is sent', async () => {
  const query = `query ($size: Int = 100) { users(first: 100) { nodes { tasks(first: $size) { nodes { title } } } } }`;
  const of = (size?: number | null) => refusal(query, { size }, root);
  expect(await refusal(query.replace('100)', '1)'), { size: 1 }, root)).toBeNull();
  for (const size of [100, undefined, 1000, 2_000_000_000])
    expect(await of(size), String(size)).toMatchObject({ name: 'cost' });
  expect(await of(0)).toBeNull();
  expect(await of(null)).toMatchObject({ name: 'cost' });
  expect(await of(0)).toBeNull();
});

test('a subscription is limited like a query, before it is opened', async () => {
  const query = `subscription { taskChanged { task { owner { tasks { nodes { owner ${THREE_DEEP} } } } } } }`;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...BEARING },
    body: JSON.stringify({ query }),
  });
  expect(await response.text()).toContain('"code":"OPERATION_REFUSED"');
});

test('a mutation counts as a transaction: a handful in one document, and no more', async () => {
  const create = (count: number) =>
    `mutation { ${times(count, (n) => `a${n}: createTask(input: { title: "" }) { id }`)} }`;
  expect(await refusal(create(5))).toBeNull();
  expect(await refusal(create(15))).toMatchObject({ name: 'cost' });
});

test('what is over a limit is refused for both media types, in the same words', async () => {
  const answers = ['application/json', 'application/graphql-response+json'].map(async (accept) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', ...BEARING },
      body: JSON.stringify({ query: THREE_DEEP }),
    });
    return [response.status, await response.json()];
  });
  const [one, other] = await Promise.all(answers);
  expect(one).toEqual(other);
  expect(one).toEqual([
    400,
    {
      errors: [
        {
          message: 'The operation is over a limit: ask for less.',
          extensions: {
            code: 'OPERATION_REFUSED',
            limit: { name: 'cost', found: expect.any(Number), allowed: 10_000 },
          },
        },
      ],
    },
  ]);
});

test('several operations in one request are refused', async () => {
  const body = JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]);
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect([response.status, JSON.stringify(await response.json())]).toEqual([400, expect.not.stringContaining('Query')]);
});

const TASK = 'id title description status dueAt createdAt updatedAt viewerCan { update delete setOwner }';
const USER = 'id email name role disabled createdAt';
test.each([
  [
    'a page of tasks with all that there is to them',
    `{ tasks(first: 100) { totalCount nodes { ${TASK} owner { ${USER} } } } }`,
  ],
  ['what they wait for', `{ tasks(first: 100) { nodes { ${TASK} blockedBy { id title } } pageInfo { endCursor } } }`],
  ['users and their tasks', `{ users(first: 20) { nodes { ${USER} tasks(first: 5) { nodes { ${TASK} } } } } }`],
  ['a page of users', `{ users(first: 100) { totalCount nodes { ${USER} viewerCan { setRole } } } }`],
  [
    'a dashboard',
    `{ me { ${USER} } sessions { id userAgent } todo: tasks { totalCount } done: tasks { nodes { ${TASK} } } }`,
  ],
])("a front end's dearest document is within the limits: %s", async (_what, query) => {
  expect((await root.ask(query)).errors).toBeUndefined();
});

test('tools can ask for the whole schema', async () => {
  const query = getIntrospectionQuery({
    inputValueDeprecation: true,
    schemaDescription: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
  });
  expect(printSchema(buildClientSchema((await ask(query)).data))).toContain('type Task');
  const within = '{ __schema { types { a: name b: name } } }';
  expect(await refusal(within)).toEqual(refused('introspections', 3, 1));
});

test('each limit can be set', async () => {
  const env = {
    GRAPHQL_MAX_COST: '1000000',
    GRAPHQL_MAX_ROOT_FIELDS: '30',
    GRAPHQL_MAX_ALIASES: '0',
    GRAPHQL_MAX_DEPTH: '3',
  };
  const { ask } = await startApp({ env });
  const of = (query: string) => refusal(query, {}, { ...ann, ask });
  expect(await of(`{ ${times(30, () => '__typename')} }`)).toBeNull();
  expect(await of('{ a: __typename }')).toEqual(refused('aliases', 1, 0));
  expect(await of('{ me { tasks { nodes { id } } } }')).toEqual(refused('depth', 4, 3));
});
