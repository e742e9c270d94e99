import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { emptyDirectory } from '../kit/directory.ts';

/** The commands of the text with their arguments, as the shell reads them, which finds none of them and so runs none. */
export function commandsIn(text: string): string[][] {
  const cwd = emptyDirectory();
  // Where a command writes to, or else the shell would not get to it.
  for (const [, file = ''] of text.matchAll(/> ([\w./-]+)/g)) mkdirSync(join(cwd, dirname(file)), { recursive: true });
  const told = join(cwd, 'told');
  mkdirSync(told);
  const env = { PATH: '/nowhere', TOLD: told };
  // Each is a process of its own, and those of a pipe would mix in one file.
  const note = 'command_not_found_handle() { printf "%s\\0" "$@" > "$TOLD/$BASHPID"; }';
  const failures = execFileSync('/bin/bash', ['--norc', '-c', `exec 2>&1\n${note}\n${text}`], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  expect(failures.replaceAll('\n', ''), text).toBe('');
  return readdirSync(told).map((name) => readFileSync(join(told, name), 'utf8').split('\0').slice(0, -1));
}

/** Fails for a script or a file that the project has not, and for a program that nobody has said is needed. */
export function expectCommand([program = '', ...args]: string[]) {
  if (program === 'npm') expectNpm(args);
  else if (program === 'node') expect(/^-p?e$/.test(args[0] ?? '') || isThere(args.find(isNoOption))).toBe(true);
  else expect(OTHERS).toContain(program);
  for (const path of args.filter((arg) => PATH.test(arg))) expect(path).toSatisfy(isThere);
}

function expectNpm(args: string[]) {
  const [command, script] = args.filter((arg, at) => isNoOption(arg) && args[at - 1] !== '--prefix');
  if (command === 'run') expect(Object.keys(scripts)).toContain(script);
  else expect(['install', 'uninstall', 'ci', 'prune', 'start', 'test']).toContain(command);
}

const isThere = (path: unknown) => typeof path === 'string' && (existsSync(path) || BUILT.includes(path));
const isNoOption = (arg: string) => !arg.startsWith('-');
const PATH = /^(src|test|docs|examples|bench|prisma)\//;
/** By `npm run build`. */
const BUILT = ['dist/bundle/server/main.js'];

/** Of Debian, or of what the page is about. */
const OTHERS = [
  'cat',
  'chmod',
  'cp',
  'curl',
  'docker',
  'kubectl',
  'mkdir',
  'openssl',
  'pg_dump',
  'pg_restore',
  'rm',
  'sed',
  'systemctl',
  'tar',
];

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
