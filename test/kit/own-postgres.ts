import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { promisify } from 'node:util';
import { afterFile } from './cleanup.ts';

const run = promisify(execFile);

/** Where PostgreSQL's own programs are; null where it is not installed. */
const programs =
  [...(process.env['PATH'] ?? '').split(':'), ...debian()].find((folder) => existsSync(join(folder, 'pg_ctl'))) ?? null;

/** Whether there can be a server of one's own; says so where not. */
export function hasOwnPostgres(what: string): boolean {
  if (!programs) console.warn(`SKIPPED: ${what} needs pg_ctl of an installed PostgreSQL.`);
  return programs !== null;
}

/** A PostgreSQL server that nobody else uses, so that it may be stopped and frozen; gone when the test file is done. */
export async function ownPostgres(): Promise<OwnPostgres> {
  const owner = unprivileged();
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'));
  if (owner) chownSync(directory, owner.uid, owner.gid);
  const data = join(directory, 'data');
  const port = await freePort();
  const call = (program: string, ...args: string[]) =>
    run(join(programs ?? '', program), ['-D', data, ...args], { ...owner, cwd: directory });
  const start = async () => {
    const options = `-p ${port} -k ${directory} -h 127.0.0.1 -c max_connections=200`;
    await call('pg_ctl', '-w', '-o', options, '-l', join(directory, 'log'), 'start');
  };
  const stop = async () => void (await call('pg_ctl', '-w', '-m', 'fast', 'stop'));
  const signal = (name: NodeJS.Signals) => {
    const [main = ''] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', main], { encoding: 'utf8' }).split('\n');
    // Nobody can be told apart from the main one who is started meanwhile: it goes first.
    for (const pid of [main, ...children]) if (pid.trim()) kill(Number(pid), name);
  };
  await call('initdb', '-A', 'trust', '-U', 'postgres', '-N', '--no-locale', '-E', 'UTF8');
  await start();
  afterFile(async () => {
    const isUp = existsSync(join(data, 'postmaster.pid'));
    if (isUp) signal('SIGCONT');
    if (isUp) await stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  };
}

/** PostgreSQL refuses to run as root. */
function unprivileged() {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Debian keeps them out of PATH. */
function debian(): string[] {
  const root = '/usr/lib/postgresql';
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : [];
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

export interface OwnPostgres {
  url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops all of its processes where they are: connections stay open, and nobody answers. */
  freeze(): void;
  thaw(): void;
}
