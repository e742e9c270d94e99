import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Built } from '../db/built.ts';
import { run } from '../db/processes.ts';
import { onServer, serverUrl } from '../db/server.ts';
import { PASSWORD, SECRET, SIGNUP } from '../kit/app.ts';
import { type Client, createClient } from '../kit/client.ts';

/** Starts the server as `npm start` does, in a process of its own; it is gone with the test. */
export async function startProcess(built: Built, storage: Storage): Promise<ServerProcess> {
  const env = { ...storage, JWT_SECRET: SECRET, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', NODE_ENV: 'test' };
  const { child, line, ended } = run(`
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    process.stdin.unref().on('data', async () => {
      // What a collection frees may let the next one free more.
      for (let i = 0; i < 5; i++) await new Promise((later) => setTimeout(later, 20, collect()));
      const sockets = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
      const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
      const { heapUsed, external, rss } = process.memoryUsage();
      console.log('usage ' + JSON.stringify({ heapUsed: heapUsed + external, rss, sockets, timers }));
    });
    Object.assign(process.env, ${JSON.stringify(env)});
    await import(${JSON.stringify(built.file('main.js'))});`);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });

  const said = async (pattern: RegExp): Promise<string> => pattern.exec(await line())?.[1] ?? said(pattern);
  const url = await said(/ready.*(http:\/\/[^/]+)/);
  return {
    ...createClient(url, {}),
    url,
    async usage() {
      child.stdin?.write('usage\n');
      return JSON.parse(await said(/^usage (.*)$/));
    },
    async stop() {
      child.kill('SIGTERM');
      const complaints = await ended;
      return { code: child.exitCode, complaints };
    },
  };
}

/** Somebody who has signed up. */
export async function signUp({ ask, url }: ServerProcess, name: string) {
  const input = { email: `${name}@example.com`, password: PASSWORD };
  const { accessToken, user } = (await ask(SIGNUP, { input })).data.signup;
  return {
    ...createClient(url, { authorization: `Bearer ${accessToken}` }),
    id: user.id as string,
    accessToken: accessToken as string,
  };
}

/** An empty database on the server, gone with the test. */
export async function onServerStorage(): Promise<Storage> {
  const { url, close } = await onServer();
  onTestFinished(close);
  return { DATABASE_URL: url };
}

function embeddedStorage(): Storage {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-live-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return { DATA_DIR: directory };
}

/** The storages that a process can have here. */
export const STORAGES: Record<string, () => Storage | Promise<Storage>> = {
  embedded: embeddedStorage,
  ...(serverUrl && { 'on a server': onServerStorage }),
};

type Storage = { DATA_DIR: string } | { DATABASE_URL: string };

export interface ServerProcess extends Client {
  url: string;
  usage(): Promise<Usage>;
  /** Tells it to stop, and waits until it has. */
  stop(): Promise<{ code: number | null; complaints: string }>;
}

interface Usage {
  /** Bytes, once what nobody needs is gone. */
  heapUsed: number;
  rss: number;
  sockets: number;
  timers: number;
}
