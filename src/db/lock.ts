import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { resolve } from 'node:path';
import { kill, pid } from 'node:process';
import { createExclusively, replaceFile } from '../config/exclusive-file.ts';

/** Keeps every other process out of the directory until `release`; throws an Error that names the holder if there is one. */
export function lockDirectory(directory: string): Lock {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return acquire(resolve(directory, 'lock'), directory);
}

// The dead holder's lock is replaced only by who holds the lock on its takeover, so two finders cannot both win; and that
// lock may itself have been left behind by a crash, which is why this calls itself.
function acquire(path: string, directory: string): Lock {
  const own = JSON.stringify({ pid, host: hostname(), since: new Date().toISOString() } satisfies Holder);
  for (;;) {
    if (createExclusively(path, own)) return holding(path, own);
    const found = read(path);
    if (found === null) continue;
    const holder = parse(found);
    if (!holder || held.has(path) || !isGone(holder)) throw new Error(inUseMessage(directory, path, holder));
    const takeover = acquire(`${path}.${holder.pid}-${Date.parse(holder.since)}`, directory);
    const isStill = read(path) === found;
    if (isStill) replaceFile(path, own);
    takeover.release();
    if (isStill) return holding(path, own);
  }
}

function holding(path: string, own: string): Lock {
  held.add(path);
  const release = () => {
    if (held.delete(path) && read(path) === own) rmSync(path, { force: true });
  };
  return { release };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function parse(content: string): Holder | null {
  try {
    const { pid, host, since } = JSON.parse(content) as Partial<Holder>;
    if (!Number.isInteger(pid) || typeof host !== 'string' || !Number.isFinite(Date.parse(since ?? ''))) return null;
    return { pid: pid as number, host, since: since as string };
  } catch {
    return null;
  }
}

// In containers everybody is pid 1, so our own number on a lock that we do not hold is a predecessor's; after a reboot
// the number may be a stranger's.
function isGone(holder: Holder): boolean {
  if (holder.host !== hostname()) return false;
  return holder.pid === pid || Date.parse(holder.since) < Date.now() - uptime() * 1000 || !isRunning(holder.pid);
}

function isRunning(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function inUseMessage(directory: string, path: string, holder: Holder | null): string {
  if (!holder)
    return `${path} is not a lock that we wrote. If nothing uses ${directory}, delete that file and start again.`;
  const who = `process ${holder.pid} on ${holder.host} since ${holder.since}`;
  if (holder.host === hostname())
    return `${directory} is in use by ${who}. Stop that process, or set another DATA_DIR.`;
  return `${directory} is in use by ${who}. If that machine is gone for good, delete ${path} and start again.`;
}

const held = new Set<string>();

export interface Lock {
  /** Lets others in; does nothing the second time, nor to a lock that is not ours. */
  release(): void;
}

interface Holder {
  pid: number;
  host: string;
  since: string;
}
