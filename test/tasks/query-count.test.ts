import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test, vi } from 'vitest';
import { startApp } from '../kit/app.ts';
import { statementsOf } from '../kit/statements.ts';
import { seedTasks } from './kit.ts';

// The feed of revocations asks the database twice a second, which is nobody's operation.
vi.useFakeTimers({ toFake: ['setInterval'] });
const { as, ask, db } = await startApp({ env: { GRAPHQL_MAX_COST: '1000000' } });
const ann = await as('ann');
const root = await as('root', 'ADMIN');

beforeAll(async () => {
  await seedTasks(
    db,
    root.id,
    Array.from({ length: 120 }, () => ({})),
  );
  const users = await db.user.createManyAndReturn({
    data: Array.from({ length: 110 }, (_, n) => ({ email: `user${n}@example.com`, createdAt: new Date(n) })),
  });
  for (const { id } of users) await seedTasks(db, id, [{}, {}, {}]);
});

const NESTED = `nodes { tasks(first: 3) { totalCount nodes { owner { email tasks(last: 1) { nodes { title } } } } } }`;

test.each([
  ['tasks', 'query ($size: Int!) { tasks(first: $size) { nodes { id } pageInfo { endCursor } } }', 1],
  ['tasks with totalCount', 'query ($size: Int!) { tasks(first: $size) { nodes { id } totalCount } }', 2],
  ['tasks with owners', 'query ($size: Int!) { tasks(first: $size) { edges { node { owner { email } } } } }', 1],
  [
    'tasks, backwards and filtered',
    'query ($size: Int!) { tasks(last: $size, filter: { titleContains: "task", status: TODO }, orderBy: { field: TITLE, direction: DESC }) { nodes { id } } }',
    1,
  ],
  [
    'the tasks of the owners of tasks',
    'query ($size: Int!) { tasks(first: $size) { nodes { owner { tasks(first: 2) { nodes { id } totalCount } } } } }',
    3,
  ],
  [
    'users with their tasks, their owners and their tasks',
    `query ($size: Int!) { users(first: $size) { ${NESTED} } }`,
    4,
  ],
  [
    'two aliases of the same field',
    'query ($size: Int!) { users(first: $size) { nodes { a: tasks(first: 1) { nodes { id } } b: tasks(first: 2) { nodes { id } } } } }',
    3,
  ],
  [
    'me with tasks',
    'query ($size: Int!) { me { email tasks(first: $size) { nodes { owner { id } } totalCount } } }',
    3,
  ],
])('%s: as many queries for 100 rows as for 2', async (_name, query, expected) => {
  const few = await statementsOf(() => answered(query, { size: 2 }));
  const many = await statementsOf(() => answered(query, { size: 100 }));
  expect(many.length, many.join('\n')).toBe(few.length);
  expect(many.length, many.join('\n')).toBe(expected);
});

test('totalCount is counted only when it is asked for', async () => {
  const counts = (sent: string[]) => sent.filter((sql) => /count\(/i.test(sql)).length;
  expect(counts(await statementsOf(() => answered('{ tasks { nodes { id } } users { nodes { id } } }')))).toBe(0);
  expect(counts(await statementsOf(() => answered('{ tasks { totalCount } users { totalCount } }')))).toBe(2);
});

test('a task is created in one query, changed and deleted in one after its owner was looked up', async () => {
  let id = '';
  const created = await statementsOf(async () => {
    ({ id } = (await answered('mutation { createTask(input: { title: "New" }) { id } }', {}, ann)).createTask);
  });
  expect(created.length, created.join('\n')).toBe(1);
  const update = 'mutation ($id: ID!, $title: String) { updateTask(id: $id, input: { title: $title }) { title } }';
  const updated = await statementsOf(() => answered(update, { id, title: 'Newer' }, ann));
  expect(updated.length, updated.join('\n')).toBe(2);
  const deleted = await statementsOf(() => answered('mutation ($id: ID!) { deleteTask(id: $id) }', { id }, ann));
  expect(deleted.length, deleted.join('\n')).toBe(2);
});

test("a page that the admin reads for many owners at once is each owner's own", async () => {
  const { users } = await answered('{ users(first: 3) { nodes { id tasks { totalCount nodes { owner { id } } } } } }');
  for (const user of users.nodes) {
    expect(user.tasks).toMatchObject({ totalCount: 3, nodes: Array(3).fill({ owner: { id: user.id } }) });
  }
});

test.each([
  'mutation ($id: ID!) { updateTask(id: $id, input: { title: "Mine" }) { id } }',
  'mutation ($id: ID!) { deleteTask(id: $id) }',
  'query ($id: ID!) { task(id: $id) { title } }',
  '{ tasks { totalCount } }',
])('somebody anonymous costs no query: %s', async (query) => {
  const id = randomUUID();
  expect(await statementsOf(() => ask(query, { id }))).toEqual([]);
  expect(await statementsOf(() => ask(query, { id }, { authorization: 'Bearer nonsense' }))).toEqual([]);
});

test('what a mutation names is looked up once: whose it is or, for somebody whom another rule lets in, whether it is there', async () => {
  const bob = await as('bob');
  const { id } = (await answered('mutation { createTask(input: { title: "New" }) { id } }', {}, ann)).createTask;
  const update = 'mutation ($id: ID!) { updateTask(id: $id, input: { title: "Mine" }) { id } }';
  expect(await statementsOf(() => bob.ask(update, { id }))).toHaveLength(1);
  expect(await statementsOf(() => bob.ask(update, { id: randomUUID() }))).toHaveLength(1);
  expect(await statementsOf(() => root.ask(update, { id }))).toHaveLength(2);
  expect(await statementsOf(() => root.ask(update, { id: randomUUID() }))).toHaveLength(1);
  expect(await statementsOf(() => ann.ask(update.replace('Mine', 'Yours'), { id }))).toHaveLength(2);
});

async function answered(query: string, variables: object = {}, who = root) {
  const { data, errors } = await who.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}
