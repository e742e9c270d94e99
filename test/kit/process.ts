import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterFile } from './cleanup.ts';

/** Starts a process with no environment but this. It is gone when the test file is done, whatever becomes of the test. */
export function startProcess(command: string, args: string[], { cwd, env, leads = false }: Options = {}): Run {
  const child = spawn(command, args, { cwd, env: { PATH: process.env['PATH'], ...env }, detached: leads });
  const said = { output: '', stderr: '' };
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.output += text;
    said.stderr += text;
  });
  child.on('error', ({ message }) => {
    said.output += message;
  });
  const reader = createInterface(child.stdout).on('line', (line) => lines.push(line));
  let isOver = false;
  const ended = new Promise<Ending>((resolve) => {
    child.on('close', (code, signal) => {
      isOver = true;
      resolve({ code, signal, ...said });
    });
  });
  afterFile(() => {
    if (!isOver && leads && child.pid) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
    return ended;
  });

  return {
    child,
    ended,
    async says(pattern) {
      for (;;) {
        const line = lines.shift();
        const found = line !== undefined && pattern.exec(line);
        if (found) return found[1] ?? found[0];
        if (line !== undefined) continue;
        if (isOver) throw new Error(`It ended without saying ${pattern}. It said: ${said.output}`);
        await Promise.race([once(reader, 'line'), ended]);
      }
    },
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs JavaScript in a process of its own. */
export const startScript = (script: string): Run =>
  startProcess(process.execPath, ['--input-type=module', '--eval', script]);

interface Options {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** What it starts itself, as npm does, must be gone too. */
  leads?: boolean;
}

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** All that it printed, errors too. */
  output: string;
  stderr: string;
}

export interface Run {
  child: ChildProcessWithoutNullStreams;
  ended: Promise<Ending>;
  /** Waits for the next line with this pattern, and passes over those before; its first group, or all that matched. */
  says(pattern: RegExp): Promise<string>;
  stop(signal?: NodeJS.Signals): Promise<Ending>;
}
