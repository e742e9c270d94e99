import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { emptyDirectory } from '../kit/directory.ts';
import { startProcess } from '../kit/process.ts';
import { runsThorough } from '../kit/thorough.ts';
import { sources } from './source.ts';
import { copyProject, removeTasks } from './without-tasks.ts';

test('nothing knows tasks but their own folder, its import in the schema, and its part of the seed', () => {
  const others = sources.filter(({ path }) => !path.startsWith('tasks/'));
  const lines = others.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line) => (TASK.test(line) ? [`${path}: ${line.trim()}`] : [])),
  );
  expect(lines).toEqual([
    "schema.ts: import './tasks/schema.ts';",
    "seed.ts: import { seedTasks } from './tasks/seed.ts';",
    expect.stringMatching(/^seed\.ts: const DOMAINS.* = \[seedTasks\];$/),
  ]);
});

/** Linux calls the threads of a process so too. */
const TASK = /(?<!\/proc\/self\/)task/i;

const isRun = runsThorough('the project without tasks');

const copy = emptyDirectory();

describe.runIf(isRun)('without tasks', () => {
  beforeAll(async () => {
    copyProject(copy);
    removeTasks(copy);
    for (const command of ['migration -- without_tasks', 'schema', 'access'])
      await run('npm', 'run', ...command.split(' '));
  }, 60_000);

  test('the types fit, and the tables and the schema are gone', async () => {
    await run(process.execPath, resolve('node_modules/typescript/bin/tsc'), '-p', 'test');
    expect(readFileSync(join(copy, 'schema.graphql'), 'utf8')).not.toMatch(/task/i);
    expect(readFileSync(join(copy, 'docs/access.md'), 'utf8')).not.toMatch(/task/i);
  }, 60_000);

  test(
    'the whole suite is green',
    () => run(process.execPath, VITEST, 'run', '--config', 'test/vitest.config.ts'),
    1_200_000,
  );
});

const VITEST = resolve('node_modules/vitest/vitest.mjs');

async function run(command: string, ...args: string[]) {
  const env = { ...process.env, VITEST: undefined, THOROUGH: undefined, TEST_DATABASE_URL: undefined };
  const { code, output } = await startProcess(command, args, { cwd: copy, env, leads: true }).ended;
  expect(code, output).toBe(0);
}
