import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sources } from '../../house/source.ts';
import { emptyDirectory } from '../../kit/directory.ts';
import { runsThorough } from '../../kit/thorough.ts';
import { copyProject, follow, run, runSuite } from './project.ts';

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

describe.runIf(runsThorough('a copy of the project without tasks'))('tasks are replaced', () => {
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
  const HEAVY = ['auth/signup-limits', 'graphiql/account', 'graphiql/door', 'graphiql/page'].map(
    (name) => `test/${name}.test.ts`,
  );
  test('the whole suite is green, but for a flood and browsers', () => runSuite(copy, HEAVY), 1_200_000);
});
