import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SECRET } from '../kit/app.ts';
import { built } from '../kit/built.ts';
import { createClient } from '../kit/client.ts';

/** A server in a process of its own, as `npm start` runs it, once it listens. */
export async function startProcess(env: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...BASE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      said += `${line}\n`;
      const [origin] = /http:\/\/[\w.:]+/.exec(line) ?? [];
      if (origin) resolve(origin);
    });
    void ended.then(() => reject(new Error(`The server ended before it listened.\n${said}`)));
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { url, child, kill, client: createClient(url, {}) };
}

/** What a command of the program says. */
export async function runCommand(args: string[], env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], {
    env: { ...BASE, ...env },
  });
  return stdout;
}

const MAIN = fileURLToPath(built('main.js'));
const BASE = { PATH: process.env['PATH'], NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', JWT_SECRET: SECRET };

export interface ServerProcess {
  url: string;
  child: ChildProcess;
  client: ReturnType<typeof createClient>;
  /** Ends it as a power cut would; done when it is gone. */
  kill(): Promise<void>;
}
