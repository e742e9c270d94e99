import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { emptyDirectory } from '../../kit/directory.ts';
import { runsThorough } from '../../kit/thorough.ts';
import { copyProject, follow, KNOWING, run, runSuite } from './project.ts';
import { serveCopy } from './served.ts';

const isRun = runsThorough('the guides, on copies of the project');
const project = emptyDirectory();
let served: Awaited<ReturnType<typeof serveCopy>>;

beforeAll(async () => {
  if (!isRun) return;
  copyProject(project);
  // All blocks are applied by now, so the first migration holds what all would.
  const commands = [...follow('docs/guides.md', project)];
  const merged = commands.map((command) => command.replace(/(migration) .*/, '$1 guides'));
  for (const command of new Set(merged)) await run(project, command);
  served = await serveCopy(project);
}, 180_000);

const sdl = () => readFileSync(join(project, 'schema.graphql'), 'utf8');
const page = () => readFileSync(join(project, 'docs/access.md'), 'utf8');

test.runIf(isRun)('a field: it is in the SDL, is stored and is checked', async () => {
  expect(sdl()).toContain('priority: Int!');
  const create = 'mutation ($n: Int!) { createTask(input: { title: "Buy milk", priority: $n }) { id priority } }';
  const { data } = await served.ann.ask(create, { n: 3 });
  expect(data.createTask.priority).toBe(3);
  const update = 'mutation ($id: ID!) { updateTask(id: $id, input: { priority: 5 }) { priority } }';
  expect((await served.ann.ask(update, { id: data.createTask.id })).data.updateTask.priority).toBe(5);
  expect((await served.ann.ask(create, { n: 6 })).errors?.[0]?.extensions).toEqual({
    code: 'BAD_USER_INPUT',
    fields: { 'input.priority': 'Must be at most 5.' },
  });
  expect((await served.ann.ask('{ tasks { nodes { priority } } }')).data.tasks.nodes[0].priority).toBe(0);
});

test.runIf(isRun)('a rule: it is in the SDL, the docs and the page, and lets in whom it names', async () => {
  expect(sdl()).toContain('users(');
  expect(sdl()).toContain('Requires: admin or support.');
  expect(page()).toContain(
    '| `Query.users` | ADMIN or SUPPORT | UNAUTHENTICATED | FORBIDDEN | FORBIDDEN | allowed | allowed |',
  );
  const list = '{ users { nodes { email } } }';
  expect(await served.bob.codeOf(list)).toBe('FORBIDDEN');
  const promote = 'mutation ($id: ID!) { setUserRole(userId: $id, role: SUPPORT) { role } }';
  expect((await served.admin.ask(promote, { id: served.bob.id })).data.setUserRole.role).toBe('SUPPORT');
  const support = await served.bob.again();
  expect((await support.ask(list)).data.users.nodes).toHaveLength(3);
  expect(await support.codeOf(promote, { id: support.id })).toBe('FORBIDDEN');
});

test.runIf(isRun)('a type: notes are their owner’s alone', async () => {
  expect(sdl()).toContain('type Note @auth(anyOf: [OWNER, ADMIN])');
  const { data } = await served.ann.ask('mutation { createNote(input: { text: "Buy milk" }) { id text } }');
  const { id, text } = data.createNote;
  expect((await served.ann.ask('{ notes { id text } }')).data.notes).toEqual([{ id, text }]);
  const stranger = await served.bob.again();
  expect((await stranger.ask('{ notes { id } }')).data.notes).toEqual([]);
  const remove = 'mutation ($id: ID!) { deleteNote(id: $id) }';
  expect(await stranger.codeOf(remove, { id })).toBe('NOT_FOUND');
  expect((await served.ann.ask(remove, { id })).data.deleteNote).toBe(id);
});

describe.runIf(isRun)('a share', () => {
  const READ = 'query ($task: ID!) { task(id: $task) { title viewerCan { update delete } } }';
  const RENAME = 'mutation ($task: ID!) { updateTask(id: $task, input: { title: "Mine" }) { id } }';
  const SHARED = '{ sharedTasks { id title } }';

  test('lets somebody read a task and change nothing, until it is taken back', async () => {
    const [ann, bob] = [served.ann, await served.bob.again()];
    const created = await ann.ask('mutation { createTask(input: { title: "Plan" }) { id } }');
    const ids = { task: created.data.createTask.id, user: bob.id };
    const share = (verb: string) => `mutation ($task: ID!, $user: ID!) { ${verb}(taskId: $task, userId: $user) }`;

    expect((await bob.ask(READ, { task: ids.task })).data.task).toBe(null);
    expect(await bob.codeOf(share('shareTask'), ids)).toBe('NOT_FOUND');
    expect((await ann.ask(share('shareTask'), ids)).data.shareTask).toBe(true);
    expect((await bob.ask(READ, { task: ids.task })).data.task).toEqual({
      title: 'Plan',
      viewerCan: { update: false, delete: false },
    });
    expect((await bob.ask(SHARED)).data.sharedTasks).toEqual([{ id: ids.task, title: 'Plan' }]);
    expect(await bob.codeOf(RENAME, { task: ids.task })).toBe('NOT_FOUND');
    expect(await bob.codeOf(share('unshareTask'), ids)).toBe('NOT_FOUND');

    expect((await ann.ask(share('unshareTask'), ids)).data.unshareTask).toBe(true);
    expect((await bob.ask(READ, { task: ids.task })).data.task).toBe(null);
    expect((await bob.ask(SHARED)).data.sharedTasks).toEqual([]);
  });
});

/** Browsers and processes know tasks, but no types. */
const OTHERS = ['examples', 'faults', 'live', 'graphiql.test.ts'].map((name) => `test/tasks/${name}`);

test.runIf(isRun)(
  'what of the suite knows types and rules is green',
  () => runSuite(project, OTHERS, [...KNOWING, 'test/tasks']),
  1_200_000,
);
