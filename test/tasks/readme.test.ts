import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sources } from '../house/source.ts';
import { startApp } from '../kit/app.ts';
import { startProcess } from '../kit/process.ts';

// What the README begins with shows tasks: whoever replaces them, replaces that with them.
const [QUOTES = '', REST = ''] = readFileSync('README.md', 'utf8').split('## Run it');

/** The first block of this language that the README begins with. */
const quoted = (language: string) => new RegExp(`^\`\`\`${language}\n(.+?)^\`\`\`$`, 'ms').exec(QUOTES)?.[1];

test('the declaration that the README begins with is in the code', () => {
  expect(quoted('ts')).toContain("auth: ['OWNER', 'ADMIN'");
  expect(readFileSync('src/tasks/schema.ts', 'utf8')).toContain(quoted('ts'));
});

test('what it says of the schema is in the schema', () => {
  expect(quoted('graphql')).toContain('@auth(anyOf: [OWNER, ADMIN');
  expect(readFileSync('schema.graphql', 'utf8')).toContain(quoted('graphql'));
});

test('what it says of the page of rights is in that page', () => {
  const rows = QUOTES.match(/^\|.*\|$/gm) ?? [];
  expect(rows).toHaveLength(3);
  const page = readFileSync('docs/access.md', 'utf8').split('\n');
  // Whom somebody adds has a column after these.
  const isThere = (row: string) => page.some((line) => line.startsWith(row));
  expect(rows.filter((row) => !isThere(row))).toEqual([]);
});

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) console.warn('SKIPPED: the main job of the README is not run, for there is no curl.');
test.runIf(hasCurl)('the main job does what it says, from signing up to the end of the session', async () => {
  const { url } = await startApp();
  const [, job = ''] = /^The main job.*?```sh\n(.*?)^```$/ms.exec(REST) ?? [];
  const script = job.replaceAll('http://localhost:4000', url);
  const { output } = await startProcess('bash', ['--norc', '-c', script]).ended;
  const answers = output.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []));
  expect(answers).toMatchObject([
    { data: { signup: { user: { id: expect.any(String) } } } },
    { data: { createTask: { status: 'TODO' } } },
    { data: { tasks: { nodes: [{ title: 'Buy milk', viewerCan: { update: true } }] } } },
    { data: { logout: true } },
    { errors: [{ extensions: { code: 'SESSION_ENDED' } }] },
  ]);
});

test('no file but those that the README names imports from tasks', () => {
  const importing = sources
    .filter(({ path, imports }) => !path.startsWith('tasks/') && imports.some((target) => target.startsWith('tasks/')))
    .map(({ path }) => path);
  expect(importing.sort()).toEqual(['schema.ts', 'seed.ts']);
});
