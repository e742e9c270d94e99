import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { comparable } from '../kit/comparable.ts';

const { as, ask, db } = await startApp();
const ann = await as('ann');
const bob = await as('bob');
const eve = await as('eve', 'ADMIN');

/** Ann's, and ids of the same form that are nobody's. */
let hers: Ids;
const nobodys = (): Ids => ({ task: randomUUID(), user: randomUUID() });

beforeEach(async () => {
  hers = { task: await taskOfAnn(), user: ann.id };
});

/** What a path answers to a stranger, and whether the owner and an admin get through. */
const PATHS: [string, string, stranger: string | null, owner: boolean, admin: boolean][] = [
  ['reads a task', 'query ($task: ID!) { task(id: $task) { title } }', null, true, true],
  ['asks for the type of a task', 'query ($task: ID!) { task(id: $task) { __typename } }', null, true, true],
  ['reads the owner of a task', 'query ($task: ID!) { task(id: $task) { owner { email } } }', null, true, true],
  ['reads a task beside their own', 'query ($task: ID!) { me { id } task(id: $task) { id } }', null, true, true],
  [
    'reads a task twice',
    'query ($task: ID!) { a: task(id: $task) { id } b: task(id: $task) { title } }',
    null,
    true,
    true,
  ],
  [
    'renames a task',
    'mutation ($task: ID!) { updateTask(id: $task, input: { title: "Mine" }) { id } }',
    'NOT_FOUND',
    true,
    true,
  ],
  [
    'changes nothing of a task',
    'mutation ($task: ID!) { updateTask(id: $task, input: {}) { title } }',
    'NOT_FOUND',
    true,
    true,
  ],
  [
    'renames a task after one of theirs',
    'mutation ($task: ID!) { createTask(input: { title: "T" }) { title } updateTask(id: $task, input: { title: "Mine" }) { id } }',
    'NOT_FOUND',
    true,
    true,
  ],
  ['deletes a task', 'mutation ($task: ID!) { deleteTask(id: $task) }', 'NOT_FOUND', true, true],
  [
    'reads the tasks of a user',
    'query ($user: ID!) { user(id: $user) { tasks { totalCount nodes { title } } } }',
    'FORBIDDEN',
    true,
    true,
  ],
  ['lists the users and their tasks', '{ users { nodes { tasks { nodes { title } } } } }', 'FORBIDDEN', false, true],
];

test.each(PATHS)('a stranger who %s gets the same answer for hers as for nobody’s', async (_what, query, code) => {
  const before = await everythingOf();
  const foreign = comparable(await bob.ask(query, hers));
  const random = comparable(await bob.ask(query, nobodys()));
  expect(foreign).toEqual(random);
  expect(foreign.body.errors?.[0]?.extensions.code ?? null).toBe(code);
  expect(JSON.stringify(foreign.body)).not.toMatch(/milk|ann@/i);
  expect(await everythingOf()).toEqual(before);
});

test.each(PATHS)('somebody anonymous who %s is UNAUTHENTICATED, for hers as for nobody’s', async (_what, query) => {
  const foreign = comparable(await ask(query, hers));
  expect(foreign).toEqual(comparable(await ask(query, nobodys())));
  expect(foreign.status).toBe(401);
  expect(foreign.body.errors?.map(({ extensions }) => extensions.code)).toContain('UNAUTHENTICATED');
  expect(Object.values(foreign.body.data ?? {}).filter((value) => value !== null)).toEqual([]);
});

test.each(PATHS)('whether the owner or an admin who %s gets through', async (_what, query, _code, owner, admin) => {
  expect(await ann.codeOf(query, hers)).toBe(owner ? null : 'FORBIDDEN');
  const task = await taskOfAnn();
  expect(await eve.codeOf(query, { ...hers, task })).toBe(admin ? null : 'FORBIDDEN');
});

test('what an admin is shown of a task that there is, and is told of one that there is not', async () => {
  const query = 'query ($task: ID!) { task(id: $task) { title owner { email } } }';
  expect((await eve.ask(query, hers)).data.task).toEqual({ title: 'Buy milk', owner: { email: ann.email } });
  expect((await eve.ask(query, nobodys())).data.task).toBe(null);
  const tasksOf = 'query ($user: ID!) { user(id: $user) { tasks { nodes { title owner { email } } } } }';
  const { nodes } = (await eve.ask(tasksOf, hers)).data.user.tasks;
  expect(nodes).toContainEqual({ title: 'Buy milk', owner: { email: ann.email } });
  expect((await eve.ask(tasksOf, nobodys())).data.user).toBe(null);
  const rename = 'mutation ($task: ID!) { updateTask(id: $task, input: { title: "Bought" }) { title } }';
  expect((await eve.ask(rename, hers)).data.updateTask.title).toBe('Bought');
  expect(await eve.codeOf(rename, nobodys())).toBe('NOT_FOUND');
});

test('of lists, counts, filters, orders and cursors, a stranger sees what there would be without her', async () => {
  await bob.ask('mutation { createTask(input: { title: "Sell milk" }) { id } }');
  const { cursor } = (await ann.ask('{ tasks { edges { cursor } } }')).data.tasks.edges[0];
  const ofNobody = Buffer.from(cursor, 'base64url').toString().replace(hers.user, randomUUID());

  const AFTER = 'query ($cursor: String!) { tasks(after: $cursor) { totalCount nodes { title } } }';
  const afterHers = await bob.ask(AFTER, { cursor });
  const afterNobodys = await bob.ask(AFTER, { cursor: Buffer.from(ofNobody).toString('base64url') });
  expect(comparable(afterHers)).toEqual(comparable(afterNobodys));
  expect(afterHers.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  expect(await ann.codeOf(AFTER, { cursor })).toBe(null);

  for (const args of [
    '',
    '(first: 100)',
    '(last: 100)',
    '(filter: {})',
    '(filter: { titleContains: "" })',
    '(filter: { titleContains: null, status: null, dueAfter: null })',
    '(orderBy: { field: TITLE, direction: DESC })',
    '(orderBy: { field: DUE_AT })',
  ]) {
    const list = `{ tasks${args} { totalCount nodes { title owner { id } } edges { node { owner { id } } } } }`;
    for (const person of [ann, bob, eve]) {
      const { nodes, edges, totalCount } = (await person.ask(list)).data.tasks;
      const seen = [...nodes, ...edges.map(({ node }: { node: unknown }) => node)];
      expect(new Set(seen.map(({ owner }) => owner.id))).toEqual(new Set(totalCount ? [person.id] : []));
      expect(totalCount).toBe(await db.task.count({ where: { ownerId: person.id } }));
      expect(nodes).toHaveLength(Math.min(totalCount, args.includes('100') ? 100 : 20));
    }
  }

  const buying = '{ tasks(filter: { titleContains: "buy" }) { totalCount nodes { title } } }';
  expect((await bob.ask(buying)).data.tasks).toEqual({ totalCount: 0, nodes: [] });
  expect((await ann.ask(buying)).data.tasks.totalCount).toBeGreaterThan(0);
});

async function taskOfAnn() {
  const { data } = await ann.ask('mutation { createTask(input: { title: "Buy milk" }) { id } }');
  return data.createTask.id;
}

const everythingOf = async () =>
  (await ann.ask('{ me { email name role disabled } tasks(first: 100) { nodes { id title status updatedAt } } }')).data;

interface Ids {
  task: string;
  user: string;
}
