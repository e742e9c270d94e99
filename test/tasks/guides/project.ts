import { cpSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, vi } from 'vitest';
import { lockDirectory } from '../../../src/db/lock.ts';
import { startProcess } from '../../kit/process.ts';
import { applyGuide } from './apply.ts';

/** Copies the project, without its build, to where a guide is followed. */
export function copyProject(to: string) {
  for (const name of PARTS) {
    cpSync(name, join(to, name), { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  }
  symlinkSync(resolve('node_modules'), join(to, 'node_modules'));
}

/** Does to the copy what the page says, and yields each of its commands when it is met. */
export const follow = (page: string, copy: string) => applyGuide(readFileSync(page, 'utf8'), copy);

/** Runs the command in the copy, as somebody would who sits before it, and returns what it said; it must succeed. */
export async function run(copy: string, command: string, env: Record<string, string> = {}) {
  const [name = '', ...args] = command.replace('npm run', 'npm run --silent').split(' ');
  // The rest of the suite keeps the machine busy meanwhile, so that nothing is measured.
  const own = {
    VITEST: undefined,
    CI: undefined,
    THOROUGH: undefined,
    TEST_DATABASE_URL: undefined,
    TEST_SERVER: undefined,
  };
  const given = { ...process.env, ...own, ...env };
  const { code, output } = await startProcess(name, args, { cwd: copy, env: given, leads: true }).ended;
  expect(code, `${command}\n${output}`).toBe(0);
  return output;
}

/** The types of the copy fit, and its whole suite is green without these files, or those parts of it. */
export async function runSuite(copy: string, without: string[], parts: string[] = []) {
  // Vitest excludes nothing from projects that exclude something themselves.
  for (const path of without) rmSync(join(copy, path), { recursive: true });
  await run(copy, `${process.execPath} ${resolve('node_modules/typescript/bin/tsc')} -p test`);
  // One at a time: each takes all processors, and what waits for a browser waits for so long only.
  const turn = await vi.waitUntil(() => lockDirectory(TURN).catch(() => null), { interval: 1000, timeout: 1_000_000 });
  try {
    await run(copy, [process.execPath, VITEST, 'run', '--config', 'test/vitest.config.ts', ...parts].join(' '));
  } finally {
    turn.release();
  }
}

const TURN = resolve('node_modules/.cache/guides');

/** What of the suite knows types and rules; the rest is run once more without tasks. */
export const KNOWING = ['access', 'admin', 'contract', 'graphql', 'house', 'http/introspection', 'users'].map(
  (part) => `test/${part}`,
);

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
  '.gitignore',
  'schema.graphql',
  'codegen.ts',
  'package.json',
  'tsconfig.json',
  'rolldown.config.mjs',
  'Dockerfile',
  '.dockerignore',
  'compose.yaml',
];
