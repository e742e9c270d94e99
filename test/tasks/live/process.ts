import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { run } from '../../db/processes.ts';
import { onServer, serverUrl } from '../../db/server.ts';
import { PASSWORD, SECRET, SIGNUP } from '../../kit/app.ts';
import { built } from '../../kit/built.ts';
import { type Client, createClient } from '../../kit/client.ts';

/** Starts the server as `npm start` does, in a process of its own; it is gone with the test. */
export async function startProcess(storage: Storage): Promise<ServerProcess> {
  const env = { ...storage, JWT_SECRET: SECRET, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', NODE_ENV: 'test' };
  const { child, line, ended } = run(`
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const sleep = (milliseconds) => new Promise((later) => setTimeout(later, milliseconds));
    const count = (kind) => process.getActiveResourcesInfo().filter((name) => name === kind).length;
    process.stdin.unref().on('data', async (mostSockets) => {
      while (count('TCPSocketWrap') > Number(mostSockets)) await sleep(10);
      // What a collection frees may let the next one free more.
      for (let i = 0; i < 5; i++) {
        await sleep(20);
        collect();
      }
      const { heapUsed, external, rss } = process.memoryUsage();
      const [sockets, timers] = [count('TCPSocketWrap'), count('Timeout')];
      console.log('usage ' + JSON.stringify({ heapUsed: heapUsed + external, rss, sockets, timers }));
    });
    Object.assign(process.env, ${JSON.stringify(env)});
    await import(${JSON.stringify(built('main.js'))});`);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });

  const said = async (pattern: RegExp): Promise<string> => pattern.exec(await line())?.[1] ?? said(pattern);
  const url = await said(/ready.*(http:\/\/[^/]+)/);
  return {
    ...createClient(url, {}),
    url,
    async usage(mostSockets = Infinity) {
      child.stdin?.write(`${mostSockets}\n`);
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
  cpSync(inject('dataDirectory'), directory, { recursive: true });
  return { DATA_DIR: directory };
}

/** The storages that a process can have here. */
export const STORAGES: Storages = {
  embedded: embeddedStorage,
  ...(serverUrl && { 'on a server': onServerStorage }),
};

interface Storages extends Record<string, () => Storage | Promise<Storage>> {
  embedded(): Storage;
}

type Storage = { DATA_DIR: string } | { DATABASE_URL: string };

export interface ServerProcess extends Client {
  url: string;
  /** What it uses, once it has no more than so many sockets. */
  usage(mostSockets?: number): Promise<Usage>;
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
