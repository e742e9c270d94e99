import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { built } from '../kit/built.ts';
import { afterFile } from '../kit/cleanup.ts';
import { type Client, createClient } from '../kit/client.ts';

const MAIN = fileURLToPath(built('main.js'));

/** An empty directory, gone when the test file is done. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-start-'));
  afterFile(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A directory with a migrated database that nobody has used. */
export function dataDirectory(): string {
  const path = directory();
  cpSync(inject('dataDirectory'), path, { recursive: true });
  return path;
}

/** A process of its own that runs `npm run <args>`, in an empty directory and with no environment but this. */
export function latchkey(args: string[], env: Record<string, string>, cwd = env['DATA_DIR'] ?? directory()): Run {
  return run(process.execPath, [MAIN, ...args], { PATH: process.env['PATH'] ?? '', PORT: '0', ...env }, cwd);
}

/** Resolves when the server listens; fails with what it said if it ended instead. */
export async function serve(env: Record<string, string>): Promise<Server> {
  return listening(latchkey([], env));
}

export async function listening(process: Run): Promise<Server> {
  const url = await process.says(/(http:\/\/localhost:\d+)\/graphql/);
  return { ...process, url, ...createClient(url, {}) };
}

export function run(command: string, args: string[], env: Record<string, string>, cwd: string): Run {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const waiting = new Set<() => void>();
  const heard = (text: Buffer) => {
    output += text;
    for (const look of waiting) look();
  };
  child.stdout.on('data', heard);
  child.stderr.on('data', heard);
  const ended = new Promise<Ending>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, output })),
  );
  const started: Run = {
    child,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(output);
          if (found) resolve(found[1] ?? found[0]);
        };
        waiting.add(look);
        void ended.then(({ output }) => reject(new Error(`It ended without saying ${pattern}. It said: ${output}`)));
        look();
      }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
  afterFile(() => started.stop('SIGKILL'));
  return started;
}

interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

export interface Run {
  child: ChildProcess;
  ended: Promise<Ending>;
  /** Waits for the pattern in what the process prints; its first group, or all of it. */
  says(pattern: RegExp): Promise<string>;
  stop(signal?: NodeJS.Signals): Promise<Ending>;
}

export interface Server extends Run, Client {
  url: string;
}
