import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Runs a script in a process of its own. */
export function run(script: string): Run {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting: ((line: string) => void)[] = [];
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => (waiting.shift() ?? lines.push.bind(lines))(line));
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const ended = new Promise<string>((resolve) => child.on('close', () => resolve(complaints)));
  const line = () =>
    Promise.race([
      new Promise<string>((resolve) => (lines.length > 0 ? resolve(lines.shift() as string) : waiting.push(resolve))),
      ended.then((said) => Promise.reject(new Error(`The process ended without a word. ${said}`))),
    ]);
  return { child, line, ended, unread: () => lines };
}

export interface Run {
  child: ChildProcess;
  /** The next line it prints. */
  line(): Promise<string>;
  /** The lines that it has printed and nobody asked for. */
  unread(): string[];
  /** What it printed as errors, once it is gone. */
  ended: Promise<string>;
}
