import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sources } from '../../house/source.ts';
import { type Client, createClient } from '../../kit/client.ts';
import { dataDirectory, emptyDirectory } from '../../kit/directory.ts';
import { startProcess } from '../../kit/process.ts';
import { listening } from '../../kit/server-process.ts';
import { runsThorough } from '../../kit/thorough.ts';
import { copyProject, follow, run, runSuite } from './project.ts';

const isRun = runsThorough('the guides, on copies of the project');
const project = emptyDirectory();
const env = { NODE_ENV: 'development', DATA_DIR: dataDirectory(), PORT: '0', HOST: '127.0.0.1' };
const accounts: Record<string, Account> = {};

beforeAll(async () => {
  if (!isRun) return;
  copyProject(project);
  // All blocks are applied by now, so the first migration holds what all would.
  const commands = follow('docs/guides.md', project).map((command) => command.replace(/(migration) .*/, '$1 guides'));
  for (const command of new Set(commands)) await run(project, command);

  const passwords = await run(project, 'npm run seed', env);
  const server = startProcess(process.execPath, ['dist/main.js'], { cwd: project, env: { ...process.env, ...env } });
  const { url } = await listening(server);
  for (const name of ['admin', 'ann', 'bob']) {
    const password = new RegExp(`${name}@example.com +(\\S+)`).exec(passwords)?.[1];
    accounts[name] = await signIn(url, `${name}@example.com`, password);
  }
}, 180_000);

const sdl = () => readFileSync(join(project, 'schema.graphql'), 'utf8');
const page = () => readFileSync(join(project, 'docs/access.md'), 'utf8');

test.runIf(isRun)('a field: it is in the SDL, is stored and is checked', async () => {
  expect(sdl()).toContain('priority: Int!');
  const create = 'mutation ($n: Int!) { createTask(input: { title: "Buy milk", priority: $n }) { id priority } }';
  const { data } = await person('ann').ask(create, { n: 3 });
  expect(data.createTask.priority).toBe(3);
  const update = 'mutation ($id: ID!) { updateTask(id: $id, input: { priority: 5 }) { priority } }';
  expect((await person('ann').ask(update, { id: data.createTask.id })).data.updateTask.priority).toBe(5);
  expect((await person('ann').ask(create, { n: 6 })).errors?.[0]?.extensions).toEqual({
    code: 'BAD_USER_INPUT',
    fields: { 'input.priority': 'Must be at most 5.' },
  });
  expect((await person('ann').ask('{ tasks { nodes { priority } } }')).data.tasks.nodes[0].priority).toBe(0);
});

test.runIf(isRun)('a rule: it is in the SDL, the docs and the page, and lets in whom it names', async () => {
  expect(sdl()).toContain('users(');
  expect(sdl()).toContain('Requires: admin or support.');
  expect(page()).toContain(
    '| `Query.users` | ADMIN or SUPPORT | UNAUTHENTICATED | FORBIDDEN | FORBIDDEN | allowed | allowed |',
  );
  const list = '{ users { nodes { email } } }';
  expect(await person('bob').codeOf(list)).toBe('FORBIDDEN');
  const promote = 'mutation ($id: ID!) { setUserRole(userId: $id, role: SUPPORT) { role } }';
  expect((await person('admin').ask(promote, { id: person('bob').id })).data.setUserRole.role).toBe('SUPPORT');
  const support = await person('bob').again();
  expect((await support.ask(list)).data.users.nodes).toHaveLength(3);
  expect(await support.codeOf(promote, { id: support.id })).toBe('FORBIDDEN');
});

test.runIf(isRun)('a type: notes are their owner’s alone', async () => {
  expect(sdl()).toContain('type Note @auth(anyOf: [OWNER, ADMIN])');
  const { data } = await person('ann').ask('mutation { createNote(input: { text: "Buy milk" }) { id text } }');
  const { id, text } = data.createNote;
  expect((await person('ann').ask('{ notes { id text } }')).data.notes).toEqual([{ id, text }]);
  const stranger = await person('bob').again();
  expect((await stranger.ask('{ notes { id } }')).data.notes).toEqual([]);
  const remove = 'mutation ($id: ID!) { deleteNote(id: $id) }';
  expect(await stranger.codeOf(remove, { id })).toBe('NOT_FOUND');
  expect((await person('ann').ask(remove, { id })).data.deleteNote).toBe(id);
});

describe.runIf(isRun)('a share', () => {
  const READ = 'query ($task: ID!) { task(id: $task) { title viewerCan { update delete } } }';
  const RENAME = 'mutation ($task: ID!) { updateTask(id: $task, input: { title: "Mine" }) { id } }';
  const SHARED = '{ sharedTasks { id title } }';

  test('lets somebody read a task and change nothing, until it is taken back', async () => {
    const [ann, bob] = [person('ann'), await person('bob').again()];
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

/** What knows types and rules; the rest of the suite is run once more without tasks. */
const KNOWING = ['access', 'admin', 'contract', 'graphql', 'house', 'http/introspection', 'tasks', 'users'];
test.runIf(isRun)(
  'what of the suite knows types and rules is green',
  () =>
    runSuite(project, [...KNOWING.map((part) => `test/${part}`), '--exclude', 'test/tasks/{examples,faults,live}/**']),
  1_200_000,
);

/** Linux calls the threads of a process so too. */
const TASK = /(?<!\/proc\/self\/)task/i;

test('nothing knows tasks but their own folder, its import in the schema, and its part of the seed', () => {
  const others = sources.filter(({ path }) => !path.startsWith('tasks/'));
  const lines = others.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line) => (TASK.test(line) ? [`${path}: ${line.trim()}`] : [])),
  );
  expect(lines).toEqual([
    ...lines.filter((line) => /^schema\.ts: import '\.\/tasks\/[\w-]+\.ts';$/.test(line)),
    "seed.ts: import { seedTasks } from './tasks/seed.ts';",
    expect.stringMatching(/^seed\.ts: const DOMAINS.* = \[seedTasks\];$/),
  ]);
});

describe.runIf(isRun)('tasks are replaced', () => {
  const copy = emptyDirectory();
  beforeAll(async () => {
    copyProject(copy);
    for (const command of follow('docs/replace-tasks.md', copy)) await run(copy, command);
  }, 60_000);

  test('nothing shows them any more', () => {
    for (const page of ['schema.graphql', 'docs/access.md']) {
      expect(readFileSync(join(copy, page), 'utf8')).not.toMatch(/task/i);
    }
  });

  // A flood and browsers, which know no domain, would share the processors with this suite and with the one that runs it.
  const HEAVY = ['--exclude', 'test/auth/signup-limits.test.ts', '--exclude', 'test/graphiql/{door,page}.test.ts'];
  test('the whole suite is green, but for a flood and browsers', () => runSuite(copy, HEAVY), 1_200_000);
});

const person = (name: string) => {
  const found = accounts[name];
  if (!found) throw new Error(`There is no ${name}.`);
  return found;
};

async function signIn(url: string, email: string, password = ''): Promise<Account> {
  const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken user { id } } }';
  const { data } = await createClient(url, {}).ask(LOGIN, { input: { email, password } });
  const client = createClient(url, { authorization: `Bearer ${data.login.accessToken}` });
  return { ...client, id: data.login.user.id, again: () => signIn(url, email, password) };
}

interface Account extends Client {
  id: string;
  /** Signed in once more: with the rights of this moment. */
  again(): Promise<Account>;
}
