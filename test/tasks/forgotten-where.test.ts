import { expect, test, vi } from 'vitest';
import { rules } from '../../src/access/rules.ts';
import { startApp } from '../kit/app.ts';

// As if the condition of the rules let everything through: of what SQL keeps away, nothing would be.
vi.mock('../../src/access/reach.ts', async (original) => {
  const reach = await original<typeof import('../../src/access/reach.ts')>();
  return { ...reach, reachBy: (model: 'Task') => reach.reachBy(model, ['PUBLIC'], {}, rules, null) };
});

const { as } = await startApp();
const ann = await as('ann');
const bob = await as('bob');
const { data } = await ann.ask('mutation { createTask(input: { title: "Buy milk" }) { id } }');
const id = data.createTask.id;

test.each([
  'query ($id: ID!) { task(id: $id) { title } }',
  'query ($id: ID!) { task(id: $id) { __typename } }',
  'query ($id: ID!) { task(id: $id) { owner { email } } }',
])('the rule of the type stands behind a forgotten where: %s', async (query) => {
  const { status, data, errors } = await bob.ask(query, { id });
  expect({ status, data, code: errors?.[0]?.extensions.code }).toEqual({
    status: 403,
    data: { task: null },
    code: 'FORBIDDEN',
  });
  expect((await ann.ask(query, { id })).data.task).not.toBe(null);
});

test.each([
  'mutation ($id: ID!) { updateTask(id: $id, input: { title: "Mine" }) { title } }',
  'mutation ($id: ID!) { deleteTask(id: $id) }',
])('the rule of the field stands before a forgotten where: %s', async (query) => {
  expect(await bob.codeOf(query, { id })).toBe('NOT_FOUND');
  expect((await ann.ask('query ($id: ID!) { task(id: $id) { title } }', { id })).data.task.title).toBe('Buy milk');
});
