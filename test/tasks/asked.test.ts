import { expect, test } from 'vitest';
import { builder } from '../../src/graphql/builder.ts';
import '../../src/schema.ts';
import { startApp } from '../kit/app.ts';
import { statementsOf } from '../kit/statements.ts';

builder.prismaObjectField('Task', 'shout', (t) => t.string({ resolve: ({ title }) => title.toUpperCase() }));

const app = await startApp({ schema: builder.toSchema() });
const ann = await app.as('ann');
const created = await ann.ask('mutation { createTask(input: { title: "buy milk", description: "two" }) { id } }');
const { id } = created.data.createTask;
const node = async (selection: string) => (await ann.ask(`{ tasks { nodes { ${selection} } } }`)).data.tasks.nodes[0];

test('a page reads the columns that are asked for, and no others', async () => {
  const [statement, ...more] = await statementsOf(() => node('title'));
  expect(more).toEqual([]);
  expect(statement).toContain('"task"."title"');
  expect(statement).not.toContain('description');
});

test.each(['edges { cursor }', 'pageInfo { startCursor }', 'pageInfo { endCursor }'])(
  'the column of the order is read for %s, and not without a cursor',
  async (selection) => {
    const statementFor = async (asked: string) => (await statementsOf(() => ann.ask(`{ tasks { ${asked} } }`)))[0];
    expect(await statementFor(selection)).toContain('"task"."createdAt"');
    expect(await statementFor('edges { node { id } } pageInfo { hasNextPage }')).not.toContain('"task"."createdAt"');
  },
);

test('a field that does not say what it reads can read the whole row', async () => {
  expect(await node('shout')).toEqual({ shout: 'BUY MILK' });
});

test('whatever a document names them, fields and owners get what they need', async () => {
  expect(await node('a: owner { id } b: owner { id: email x: name } owner { role createdAt }')).toMatchObject({
    a: { id: ann.id },
    b: { id: ann.email, x: 'ann' },
    owner: { role: 'USER', createdAt: expect.any(String) },
  });
  const { data } = await ann.ask(`{ tasks { edges { node { ...A } } nodes { ...B } } task(id: "${id}") { ...A ...B } }
    fragment A on Task { title } fragment B on Task { text: description blockedBy { id } viewerCan { update } }`);
  const text = { text: 'two', blockedBy: null, viewerCan: { update: true } };
  expect(data).toEqual({
    tasks: { edges: [{ node: { title: 'buy milk' } }], nodes: [text] },
    task: { title: 'buy milk', ...text },
  });
});
