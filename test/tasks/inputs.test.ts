import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { comparable } from '../kit/comparable.ts';

const { as, db, codeOf } = await startApp();
const ann = await as('ann');
const bob = await as('bob');
const eve = await as('eve', 'ADMIN');
const hers = await taskOf(ann);
const his = await taskOf(bob);

const CREATE =
  'mutation ($id: ID) { createTask(input: { title: "T", blockedBy: $id }) { blockedBy { title } owner { id } } }';
const UPDATE = `mutation ($id: ID) { updateTask(id: "${hers}", input: { blockedBy: $id }) { blockedBy { title } } }`;
const aliased = (id: string) =>
  `mutation { a: createTask(input: { title: "T" }) { id } b: createTask(input: { title: "T", blockedBy: "${id}" }) { id } }`;

test.each([CREATE, UPDATE])('a task is blocked by one that its owner reaches, and by no other: %s', async (query) => {
  const own = await taskOf(ann);
  expect((await ann.ask(query, { id: own })).errors).toBeUndefined();
  expect((await eve.ask(query, { id: own })).errors).toBeUndefined();
  const before = await db.task.findMany({ orderBy: { id: 'asc' } });
  const answers = await Promise.all([his, randomUUID(), 'no id', ''].map((id) => ann.ask(query, { id })));
  for (const answer of answers) expect(comparable(answer)).toEqual(comparable(answers[0] as never));
  expect(answers[0]?.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  expect(await db.task.findMany({ orderBy: { id: 'asc' } })).toEqual(before);
  for (const id of [randomUUID(), 'no id']) expect(await eve.codeOf(query, { id })).toBe('NOT_FOUND');
  expect(await codeOf(query, { id: own })).toBe('UNAUTHENTICATED');
});

test('the same holds for literals and aliases', async () => {
  expect(await ann.codeOf(aliased(his))).toBe('NOT_FOUND');
  expect(await ann.codeOf(aliased(randomUUID()))).toBe('NOT_FOUND');
  expect(await ann.codeOf(aliased(hers))).toBeNull();
});

test('null takes the block away, and leaving it out leaves it', async () => {
  const update = (input: string) =>
    ann.ask(`mutation { updateTask(id: "${hers}", input: { ${input} }) { blockedBy { id } } }`);
  const own = await taskOf(ann);
  expect((await update(`blockedBy: "${own}"`)).data.updateTask.blockedBy).toEqual({ id: own });
  expect((await update('title: "Other"')).data.updateTask.blockedBy).toEqual({ id: own });
  expect((await update('blockedBy: null')).data.updateTask.blockedBy).toBeNull();
});

test('an admin gives a task away, and nobody else does, not even to themselves', async () => {
  const give = (id: string, ownerId: string | null) =>
    [
      `mutation ($to: ID) { updateTask(id: "${id}", input: { ownerId: $to }) { owner { id } } }`,
      { to: ownerId },
    ] as const;
  const task = await taskOf(ann);
  for (const to of [bob.id, ann.id, null]) expect(await ann.codeOf(...give(task, to))).toBe('FORBIDDEN');
  expect((await eve.ask(...give(task, bob.id))).data.updateTask.owner.id).toBe(bob.id);
  expect((await bob.ask('query ($id: ID!) { task(id: $id) { title } }', { id: task })).data.task).not.toBeNull();
  expect(await eve.codeOf(...give(task, randomUUID()))).toBe('NOT_FOUND');
  expect(await eve.codeOf(...give(task, null))).toBe('BAD_USER_INPUT');
  const create = 'mutation ($to: ID) { createTask(input: { title: "T", ownerId: $to }) { owner { id } } }';
  expect((await eve.ask(create, { to: bob.id })).data.createTask.owner.id).toBe(bob.id);
  expect(await bob.codeOf(create, { to: bob.id })).toBe('FORBIDDEN');
});

test('a block that is somebody else’s by now is not shown', async () => {
  const [task, blocker] = [await taskOf(ann), await taskOf(ann)];
  await db.task.update({ where: { id: task }, data: { blockedById: blocker } });
  await db.task.update({ where: { id: blocker }, data: { ownerId: bob.id } });
  const query = 'query ($id: ID!) { task(id: $id) { blockedBy { title } } }';
  expect(await ann.ask(query, { id: task })).toMatchObject({ data: { task: { blockedBy: null } } });
  expect((await eve.ask(query, { id: task })).data.task.blockedBy).toEqual({ title: 'Buy milk' });
});

async function taskOf(person: typeof ann): Promise<string> {
  const { data } = await person.ask('mutation { createTask(input: { title: "Buy milk" }) { id } }');
  return data.createTask.id;
}
