import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { startProcess } from '../../kit/process.ts';
import { applyGuide } from './apply.ts';

/** Copies the project, without its build, to where a guide is followed. */
export function copyProject(to: string) {
  for (const name of PARTS) {
    cpSync(name, join(to, name), { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  }
  symlinkSync(resolve('node_modules'), join(to, 'node_modules'));
}

/** Does to the copy what the page says, and returns the commands that it gives. */
export const follow = (page: string, copy: string) => applyGuide(readFileSync(page, 'utf8'), copy);

/** Runs the command in the copy, as somebody would who sits before it, and returns what it said; it must succeed. */
export async function run(copy: string, command: string, env: Record<string, string> = {}) {
  const [name = '', ...args] = command.replace('npm run', 'npm run --silent').split(' ');
  // The rest of the suite keeps the machine busy meanwhile, so that nothing is measured.
  const own = { VITEST: undefined, CI: undefined, THOROUGH: undefined, TEST_DATABASE_URL: undefined, ...env };
  const { code, output } = await startProcess(name, args, { cwd: copy, env: { ...process.env, ...own }, leads: true })
    .ended;
  expect(code, `${command}\n${output}`).toBe(0);
  return output;
}

/** The types of the copy fit, and its whole suite is green, or the part that these arguments of Vitest choose. */
export async function runSuite(copy: string, chosen: string[] = []) {
  await run(copy, `${process.execPath} ${resolve('node_modules/typescript/bin/tsc')} -p test`);
  await run(copy, [process.execPath, VITEST, 'run', '--config', 'test/vitest.config.ts', ...chosen].join(' '));
}

const VITEST = resolve('node_modules/vitest/vitest.mjs');

const PARTS = [
  'src',
  'test',
  'docs',
  'prisma',
  'bench',
  'examples',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  '.env.example',
  'schema.graphql',
  'codegen.ts',
  'package.json',
  'tsconfig.json',
  'rolldown.config.mjs',
  'Dockerfile',
  '.dockerignore',
  'compose.yaml',
];
