import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { beforeEach, expect, test } from 'vitest';
import { reach } from '../../src/graphql/reach.ts';
import { schema } from '../../src/schema.ts';
import { schemaWith, shownAt } from '../access/places.ts';
import { type Person, startApp } from '../kit/app.ts';

let served = schema;
const app = await startApp({ schema: () => served });
beforeEach(() => {
  served = schema;
});

const TASK = 'query ($task: ID!) { task(id: $task) { title } }';
const UPDATE = 'mutation ($task: ID!) { updateTask(id: $task, input: { title: "Sell milk" }) { id } }';
const DELETE = 'mutation ($task: ID!) { deleteTask(id: $task) }';

test.each([
  ['Mutation.updateTask', 'OWNER', 'ann', UPDATE, 'NOT_FOUND'],
  ['Mutation.updateTask', 'ADMIN', 'eve', UPDATE, 'NOT_FOUND'],
  ['Mutation.deleteTask', 'OWNER', 'ann', DELETE, 'NOT_FOUND'],
  ['Mutation.deleteTask', 'ADMIN', 'eve', DELETE, 'NOT_FOUND'],
])('in the rule of %s, %s is what lets %s in', async (place, value, name, query, code) => {
  const ann = await app.as('ann');
  const eve = await app.as('eve', 'ADMIN');
  const [asker, other] = name === 'ann' ? [ann, eve] : [eve, ann];
  const task = await taskOf(ann);
  const ids = { task, ann: ann.id };

  served = schemaWith(
    place,
    shownAt(place).rule.filter((rule) => rule !== value),
  );
  expect(await asker.codeOf(query, ids)).toBe(code);
  expect(await app.db.task.findUnique({ where: { id: task } })).toMatchObject({ title: 'Buy milk' });
  expect(await other.codeOf(query, ids)).toBe(null);

  served = schema;
  expect(await asker.codeOf(query, { ...ids, task: await taskOf(ann) })).toBe(null);
});

test.each([
  ['OWNER', 'ann'],
  ['ADMIN', 'eve'],
])(
  'without %s in the rule of Task, there is none for %s: what is found follows from what is judged',
  async (value, name) => {
    const ann = await app.as('ann');
    const eve = await app.as('eve', 'ADMIN');
    const [asker, other] = name === 'ann' ? [ann, eve] : [eve, ann];
    const task = await taskOf(ann);
    const ofAnn = 'query ($id: ID!) { user(id: $id) { tasks { totalCount nodes { title } } } }';
    served = schemaWith(
      'Task',
      shownAt('Task').rule.filter((rule) => rule !== value),
    );
    expect((await asker.ask(TASK, { task })).data).toEqual({ task: null });
    expect((await asker.ask(ofAnn, { id: ann.id })).data.user.tasks).toEqual({ totalCount: 0, nodes: [] });
    expect((await other.ask(TASK, { task })).data).toEqual({ task: { title: 'Buy milk' } });
    expect((await other.ask(ofAnn, { id: ann.id })).data.user.tasks.totalCount).toBeGreaterThan(0);
  },
);

test('what a mutation writes is what its own rule lets it, too', async () => {
  const ann = await app.as('ann');
  const task = await taskOf(ann);
  const context = { identity: { viewerOrNull: () => ({ id: ann.id, role: 'USER', sessionId: '' }) } } as never;
  const found = (of: GraphQLSchema) => {
    const parentType = of.getMutationType() as GraphQLObjectType;
    const { where } = reach('Task', context, { schema: of, parentType, fieldName: 'deleteTask' });
    return app.db.task.count({ where: { AND: where, id: task } });
  };
  expect(await found(schema)).toBe(1);
  expect(await found(schemaWith('Mutation.deleteTask', ['ADMIN']))).toBe(0);
  expect(await found(schemaWith('Task', ['ADMIN']))).toBe(0);
});

test('what a viewer may not read can be neither filtered nor ordered by', async () => {
  const ann = await app.as('ann');
  const eve = await app.as('eve', 'ADMIN');
  served = schemaWith('Task.dueAt', ['ADMIN']);
  const list = (args: string) => `{ tasks(${args}) { totalCount } }`;
  for (const args of [
    'orderBy: { field: DUE_AT }',
    'filter: { dueAfter: "2026-01-01T00:00:00Z" }',
    'filter: { dueBefore: "2026-01-01T00:00:00Z" }',
  ]) {
    expect(await ann.codeOf(list(args)), args).toBe('FORBIDDEN');
    expect(await eve.codeOf(list(args)), args).toBeNull();
  }
  expect(await ann.codeOf(list('orderBy: { field: TITLE }, filter: { status: TODO, titleContains: "m" }'))).toBeNull();
  served = schemaWith('Task.description', ['ADMIN']);
  expect(await ann.codeOf(list('orderBy: { field: DUE_AT }'))).toBeNull();
});

test('with another rule on the page of tasks, its field and its type both still hold', async () => {
  served = schemaWith('TaskConnection', ['ADMIN']);
  const query = '{ tasks { totalCount } }';
  expect(await app.codeOf(query)).toBe('UNAUTHENTICATED');
  expect(await (await app.as('ann')).codeOf(query)).toBe('FORBIDDEN');
  expect(await (await app.as('eve', 'ADMIN')).codeOf(query)).toBe(null);
});

async function taskOf(person: Person) {
  const { data } = await person.ask('mutation { createTask(input: { title: "Buy milk" }) { id } }');
  return data.createTask.id;
}
