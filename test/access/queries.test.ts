import { randomUUID } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { expect, test, vi } from 'vitest';
import { startApp } from '../kit/app.ts';

// What the app does by itself, twice a second, is not what a request costs.
vi.useFakeTimers({ toFake: ['setInterval'] });
const { as, ask } = await startApp();
const ann = await as('ann');
const bob = await as('bob');
const eve = await as('eve', 'ADMIN');
const task = await taskOf('ann');

/** How many statements the database is sent meanwhile. */
async function statements(work: () => Promise<unknown>) {
  const spies = [vi.spyOn(PGlite.prototype, 'query'), vi.spyOn(pg.Client.prototype, 'query')];
  try {
    await work();
    return spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

async function taskOf(name: string) {
  const { data } = await (await as(name)).ask('mutation { createTask(input: { title: "Buy milk" }) { id } }');
  return data.createTask.id;
}

test.each([
  'mutation ($id: ID!) { updateTask(id: $id, input: { title: "Mine" }) { id } }',
  'mutation ($id: ID!) { deleteTask(id: $id) }',
  'mutation ($id: ID!) { setUserRole(userId: $id, role: ADMIN) { id } }',
  'query ($id: ID!) { task(id: $id) { title } }',
  'query ($id: ID!) { user(id: $id) { email } }',
  '{ me { id } }',
  '{ viewer { id } }',
  '{ tasks { totalCount } }',
  '{ users { totalCount } }',
])('somebody anonymous costs no query: %s', async (query) => {
  const id = task;
  expect(await statements(() => ask(query, { id }))).toBe(0);
  expect(await statements(() => ask(query, { id }, { authorization: 'Bearer nonsense' }))).toBe(0);
});

test('looking the owner up costs a stranger one query, and somebody whom another rule lets in none', async () => {
  const UPDATE = 'mutation ($id: ID!) { updateTask(id: $id, input: { title: "Mine" }) { id } }';
  expect(await statements(() => bob.ask(UPDATE, { id: task }))).toBe(1);
  expect(await statements(() => bob.ask(UPDATE, { id: randomUUID() }))).toBe(1);
  const forAdmin = await statements(() => eve.ask(UPDATE, { id: task }));
  const forOwner = await statements(() => ann.ask(UPDATE.replace('Mine', 'Yours'), { id: task }));
  expect(forAdmin).toBeGreaterThan(0);
  expect(forOwner).toBe(forAdmin + 1);
});

test('rules cost no query per row: a page of 20 tasks with their owners costs what a page of one does', async () => {
  const PAGE = '{ tasks { nodes { title owner { email } } edges { node { owner { name } } } } }';
  const ofOne = await statements(() => ann.ask(PAGE));
  for (let n = 1; n < 20; n++) await taskOf('ann');
  expect((await ann.ask(PAGE)).data.tasks.nodes).toHaveLength(20);
  expect(await statements(() => ann.ask(PAGE))).toBe(ofOne);
  expect(ofOne).toBeLessThanOrEqual(3);
});

test('nor per user: a page of users with their tasks and the owners of those', async () => {
  const PAGE = '{ users { nodes { email tasks { nodes { title owner { email } } } } } }';
  const ofThree = await statements(() => eve.ask(PAGE));
  for (const name of ['fay', 'gus', 'hal']) await taskOf(name);
  expect((await eve.ask(PAGE)).data.users.nodes).toHaveLength(6);
  expect(await statements(() => eve.ask(PAGE))).toBe(ofThree);
});
