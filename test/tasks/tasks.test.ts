import { randomUUID } from 'node:crypto';
import naughty from 'big-list-of-naughty-strings';
import { expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { sampleOf } from '../kit/thorough.ts';

const { as, db, advance } = await startApp();
const ann = await as('ann');
const bob = await as('bob');
const root = await as('root', 'ADMIN');

const FIELDS = 'id title description status dueAt createdAt updatedAt';
const CREATE = `mutation ($input: CreateTaskInput!) { createTask(input: $input) { ${FIELDS} owner { id } } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdateTaskInput!) { updateTask(id: $id, input: $input) { ${FIELDS} } }`;
const DELETE = 'mutation ($id: ID!) { deleteTask(id: $id) }';
const TASK = `query ($id: ID!) { task(id: $id) { ${FIELDS} } }`;

const create = async (input: object, who = ann) => (await who.ask(CREATE, { input })).data.createTask;
const complaints = async (query: string, variables: object) => {
  const { errors, data } = await ann.ask(query, variables);
  expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  return errors?.[0]?.extensions.fields;
};

test('a new task is to do, without description and due date, created and updated now, and the own', async () => {
  const task = await create({ title: 'Plain' });
  expect(task).toMatchObject({ title: 'Plain', description: null, status: 'TODO', dueAt: null, owner: { id: ann.id } });
  expect(task.updatedAt).toBe(task.createdAt);
  expect((await ann.ask(TASK, { id: task.id })).data.task).toMatchObject({ title: 'Plain', createdAt: task.createdAt });
});

test.each([
  ['title', 'x', 'x'],
  ['title', '  x  y\t\n', 'x  y'],
  ['title', 'x'.repeat(200), 'x'.repeat(200)],
  ['title', ` ${'\u{1F600}'.repeat(200)} `, '\u{1F600}'.repeat(200)],
  ['title', '\u0390'.repeat(200), '\u0390'.repeat(200)],
  ['description', '', ''],
  ['description', '  kept \n', '  kept \n'],
  ['description', '\u{1F600}'.repeat(10_000), '\u{1F600}'.repeat(10_000)],
  ['dueAt', '2030-01-31T18:00:00.123+05:30', '2030-01-31T12:30:00.123Z'],
  ['dueAt', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['dueAt', '9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
])('%s %j is stored', async (field, sent, stored) => {
  const task = await create({ title: 'x', [field]: sent });
  expect(task[field]).toBe(stored);
  const changed = await ann.ask(UPDATE, { id: (await create({ title: 'y' })).id, input: { [field]: sent } });
  expect(changed.data.updateTask[field]).toBe(stored);
  expect((await ann.ask(TASK, { id: task.id })).data.task[field]).toBe(stored);
});

test.each([
  ['title', '', 'Must not be empty.'],
  ['title', ' \u00A0\u3000\n', 'Must not be empty.'],
  ['title', 'x'.repeat(201), 'Must have at most 200 characters.'],
  ['title', '\u{1F600}'.repeat(201), 'Must have at most 200 characters.'],
  ['title', 'a\0b', 'Must not hold NUL or half a character.'],
  ['title', 'a\uD800b', 'Must not hold NUL or half a character.'],
  ['title', 5, 'Must be of type String'],
  ['title', ['x'], 'Must be of type String'],
  ['description', 'x'.repeat(10_001), 'Must have at most 10000 characters.'],
  ['description', '\uDC00', 'Must not hold NUL or half a character.'],
  ['description', '\uFEFFx', 'Must not begin with a byte order mark.'],
  ['description', '\0', 'Must not hold NUL or half a character.'],
  ['status', 'LATER', 'Must be of type TaskStatus'],
  ['status', null, /Must be/],
  ['dueAt', 'tomorrow', 'Must be of type DateTime'],
  ['dueAt', '2030-02-30T00:00:00Z', 'Must be of type DateTime'],
  ['dueAt', '2030-01-31', 'Must be of type DateTime'],
  ['dueAt', '2030-01-31T12:00:00', 'Must be of type DateTime'],
  ['dueAt', '0000-12-31T23:59:59Z', 'Must be of type DateTime'],
  ['dueAt', '0001-01-01T00:00:00+14:00', 'Must be of type DateTime'],
  ['dueAt', '+275760-09-13T00:00:00Z', 'Must be of type DateTime'],
  ['dueAt', 1e15, 'Must be of type DateTime'],
  ['dueAt', { year: 2030 }, 'Must be of type DateTime'],
  ['owner', randomUUID(), 'There is no such field.'],
  ['id', randomUUID(), 'There is no such field.'],
  ['createdAt', '2030-01-31T12:00:00Z', 'There is no such field.'],
])('%s %j is refused by its name, in new tasks and in changes, and nothing is stored', async (field, value, reason) => {
  const { id } = await create({ title: 'Before' });
  const before = await db.task.findMany();
  const expected = {
    [`input.${field}`]: expect.stringMatching(typeof reason === 'string' ? reason.replace('.', '\\.') : reason),
  };
  expect(await complaints(CREATE, { input: { title: 'x', [field]: value } })).toEqual(expected);
  expect(await complaints(UPDATE, { id, input: { [field]: value } })).toEqual(expected);
  expect(await db.task.findMany()).toEqual(before);
});

test('every wrong field is named at once, and what was sent is not repeated', async () => {
  const fields = await complaints(CREATE, { input: { title: 'secret\0', description: 'secret'.repeat(2000) } });
  expect(Object.keys(fields ?? {})).toEqual(['input.title', 'input.description']);
  expect(JSON.stringify(fields)).not.toContain('secret');
  expect(await complaints(CREATE, { input: {} })).toEqual({ 'input.title': 'Is required.' });
  expect(await complaints(CREATE, {})).toEqual({ input: 'Is required.' });
});

test('a change leaves what it leaves out, null clears, and null for what cannot be empty is refused', async () => {
  const { id } = await create({ title: 'Title', description: 'Text', status: 'DONE', dueAt: '2030-01-01T00:00:00Z' });
  const change = async (input: object) => (await ann.ask(UPDATE, { id, input })).data.updateTask;
  expect(await change({ title: 'New' })).toMatchObject({
    title: 'New',
    description: 'Text',
    status: 'DONE',
    dueAt: '2030-01-01T00:00:00.000Z',
  });
  expect(await change({ description: null })).toMatchObject({ title: 'New', description: null, status: 'DONE' });
  expect(await change({ dueAt: null, status: 'TODO' })).toMatchObject({ title: 'New', status: 'TODO', dueAt: null });
  expect(await change({ description: 'Back' })).toMatchObject({ description: 'Back', dueAt: null });
  expect(await change({})).toMatchObject({ title: 'New', description: 'Back', status: 'TODO', dueAt: null });
  expect(await complaints(UPDATE, { id, input: { title: null } })).toEqual({ 'input.title': 'Must be a text.' });
});

test('updatedAt moves with a change, and not without one; createdAt never does', async () => {
  const { id, createdAt } = await create({ title: 'Title', dueAt: '2030-01-01T00:00:00Z' });
  const change = async (input: object) => {
    await advance(1000);
    return (await ann.ask(UPDATE, { id, input })).data.updateTask;
  };
  for (const same of [
    {},
    { title: 'Title' },
    { title: ' Title ' },
    { description: null },
    { dueAt: '2030-01-01T01:00:00+01:00' },
  ]) {
    expect(await change(same)).toMatchObject({ createdAt, updatedAt: createdAt });
  }
  let last = createdAt;
  for (const other of [
    { title: 'title' },
    { description: '' },
    { description: 'x' },
    { description: null },
    { dueAt: null },
    { status: 'DONE' },
  ]) {
    const { updatedAt } = await change(other);
    expect(updatedAt > last, JSON.stringify(other)).toBe(true);
    last = updatedAt;
  }
});

test('a changed title is found and ordered by what it is now', async () => {
  const { id } = await create({ title: 'Aardvark' });
  await ann.ask(UPDATE, { id, input: { title: 'Zyzzyva' } });
  const found = async (titleContains: string) =>
    (
      await ann.ask('query ($filter: TaskFilter) { tasks(filter: $filter) { nodes { id } } }', {
        filter: { titleContains },
      })
    ).data.tasks.nodes;
  expect(await found('aardvark')).toEqual([]);
  expect(await found('zyzzyva')).toEqual([{ id }]);
});

test.each([
  '',
  ' ',
  '0',
  'x',
  '\0',
  '\uD800',
  'null',
  randomUUID(),
  randomUUID().toUpperCase(),
  '1e400',
  '../..',
  "' OR 1=1 --",
  'a'.repeat(50_000),
])(
  "a task of the id %j is null, and cannot be changed or deleted, with the same answers as for another's",
  async (id) => {
    const theirs = (await create({ title: 'Theirs' }, bob)).id;
    for (const one of [id, theirs]) {
      expect(await ann.ask(TASK, { id: one })).toMatchObject({ status: 200, data: { task: null } });
      expect(await ann.codeOf(TASK, { id: one })).toBe(null);
      expect(await ann.codeOf(UPDATE, { id: one, input: { title: 'x' } })).toBe('NOT_FOUND');
      expect(await ann.codeOf(DELETE, { id: one })).toBe('NOT_FOUND');
    }
    expect((await bob.ask(TASK, { id: theirs })).data.task.title).toBe('Theirs');
  },
);

test("an admin reaches everybody's tasks by id, and a deleted task is gone", async () => {
  const { id } = await create({ title: 'Mine' });
  expect((await root.ask(TASK, { id })).data.task.title).toBe('Mine');
  expect((await root.ask(UPDATE, { id, input: { status: 'DONE' } })).data.updateTask.status).toBe('DONE');
  expect((await root.ask(DELETE, { id })).data.deleteTask).toBe(id);
  expect((await ann.ask(TASK, { id })).data.task).toBe(null);
  expect(await ann.codeOf(DELETE, { id })).toBe('NOT_FOUND');
});

test('every naughty string is stored intact, found again, or refused as BAD_USER_INPUT', async () => {
  expect(naughty.length).toBeGreaterThan(400);
  for (const string of sampleOf(naughty)) {
    const { data, errors } = await ann.ask(CREATE, { input: { title: `#${string}#`, description: string } });
    if (errors) {
      expect(errors[0]?.extensions.code, string).toBe('BAD_USER_INPUT');
      expect([...string].length > 198 || /\0|^\uFEFF/.test(string), string).toBe(true);
      continue;
    }
    expect(data.createTask).toMatchObject({ title: `#${string}#`, description: string });
    const search =
      'query ($id: ID!, $filter: TaskFilter) { task(id: $id) { id } tasks(filter: $filter, last: 1) { nodes { title } } }';
    const found = await ann.ask(search, { id: string, filter: { titleContains: `#${string}#` } });
    expect(found, string).toMatchObject({ data: { task: null, tasks: { nodes: [{ title: `#${string}#` }] } } });
    expect(found.errors, string).toBeUndefined();
  }
}, 60_000);
