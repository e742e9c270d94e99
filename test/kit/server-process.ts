import { fileURLToPath } from 'node:url';
import { built } from './built.ts';
import { type Client, createClient } from './client.ts';
import { emptyDirectory } from './directory.ts';
import { type Run, startProcess } from './process.ts';

/** A process of its own that runs `npm run <args>`, in its data's directory or an empty one. */
export function latchkey(args: string[], env: Record<string, string>, nodeOptions: string[] = []): Run {
  const main = fileURLToPath(built('main.js'));
  return startProcess(process.execPath, [...nodeOptions, main, ...args], {
    cwd: env['DATA_DIR'] ?? emptyDirectory(),
    env: { HOST: '127.0.0.1', PORT: '0', ...env },
  });
}

/** A server in a process of its own; fails with what it said if it ended before it listened. */
export const serve = (env: Record<string, string>, nodeOptions: string[] = []): Promise<Server> =>
  listening(latchkey([], env, nodeOptions));

export async function listening(process: Run): Promise<Server> {
  const url = await process.says(/(http:\/\/[\w.]+:\d+)\/graphql/);
  return { ...process, url, ...createClient(url, {}) };
}

export interface Server extends Run, Client {
  url: string;
}
