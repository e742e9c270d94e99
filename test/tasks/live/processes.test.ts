import { describe, expect, test } from 'vitest';
import { LOGIN, PASSWORD, SECRET, SIGNUP } from '../../kit/app.ts';
import { createClient } from '../../kit/client.ts';
import { dataDirectory } from '../../kit/directory.ts';
import { databaseOnServer, serverUrl } from '../../kit/postgres.ts';
import { openRaw } from '../../kit/raw-stream.ts';
import { type Server, serve } from '../../kit/server-process.ts';
import { SOON } from '../../kit/soon.ts';
import { openStream } from '../../kit/stream.ts';
import { isThorough } from '../../kit/thorough.ts';
import { serveMeasured } from './measured.ts';

if (!serverUrl) console.warn('SKIPPED: two processes on one database need a PostgreSQL server: set TEST_DATABASE_URL.');

const WATCH = 'subscription { taskChanged { kind taskId task { title } } }';
const CREATE = 'mutation ($title: String!) { createTask(input: { title: $title }) { id } }';
const RENAME = 'mutation ($id: ID!, $title: String!) { updateTask(id: $id, input: { title: $title }) { id } }';
const DELETE = 'mutation ($id: ID!) { deleteTask(id: $id) }';
const MB = 2 ** 20;
const MANY = isThorough ? 1000 : 200;

const embedded = () => ({ DATA_DIR: dataDirectory() });
const onServer = async () => ({ DATABASE_URL: (await databaseOnServer()).url, JWT_SECRET: SECRET });
const STORAGES = Object.entries<() => Storage | Promise<Storage>>({ embedded, ...(serverUrl && { onServer }) });

describe.each(STORAGES)('%s', (_name, newStorage) => {
  test(`${MANY} subscriptions that are dropped leave nothing behind`, { timeout: 120_000 }, async () => {
    const server = await serveMeasured(await newStorage());
    const tokens = await sessions(server, MANY / 20);
    const openAndDrop = async (length: number) => {
      const opening = Array.from({ length }, (_, n) => openRaw(server.url, WATCH, tokens[n % tokens.length] ?? ''));
      const streams = await Promise.all(opening);
      const open = await server.usage();
      for (const { close } of streams) close();
      return { open, after: await server.usage(20) };
    };
    const { after: before } = await openAndDrop(0.3 * MANY);
    const { open, after } = await openAndDrop(MANY);
    expect(open.sockets - before.sockets).toBeGreaterThan(0.9 * MANY);
    expect(open.timers - before.timers).toBeGreaterThan(0.9 * MANY);
    expect(after.timers - before.timers).toBeLessThan(0.02 * MANY);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(3 * MB);
  });

  test('told to stop, a server cuts its streams, opens no others, and is gone in time', {
    timeout: 60_000,
  }, async () => {
    const server = await serve(await newStorage());
    const { accessToken } = await signUp(server, 'ann');
    const streams = await Promise.all(['', '', ''].map(() => openStream(server.url, WATCH, accessToken)));
    const from = performance.now();
    const stopped = server.stop();
    for (const stream of streams) expect(await stream.rest()).toEqual({ events: [], end: 'cut' });
    await expect(openStream(server.url, WATCH, accessToken)).rejects.toThrow();
    expect(await stopped).toMatchObject({ code: 0, stderr: '' });
    expect(performance.now() - from).toBeLessThan(10_000);
  });
});

test('a reader who takes nothing does not keep a server that is told to stop', {
  timeout: 60_000,
}, async () => {
  const server = await serve(embedded());
  const unread = await openRaw(server.url, WATCH, (await signUp(server, 'ann')).accessToken);
  const from = performance.now();
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
  expect(performance.now() - from).toBeLessThan(10_000);
  expect(await unread.readAll()).not.toContain('event: complete');
});

test.skipIf(!serverUrl)(
  '1,000 changes on one process are seen by a subscriber on another, each once and in order',
  { timeout: 60_000 },
  async () => {
    const storage = await onServer();
    const [here, there] = [await serve(storage), await serve(storage)];
    const ann = await signUp(here, 'ann');
    const stream = await openStream(there.url, WATCH, ann.accessToken);
    const sentAt = new Map<string, number>();

    const changing = Array.from({ length: 10 }, async () => {
      const { id } = (await ann.ask(CREATE, { title: '0' })).data.createTask;
      for (let title = 1; title <= 98; title++) {
        sentAt.set(`${id} ${title}`, performance.now());
        await ann.ask(RENAME, { id, title: `${title}` });
      }
      await ann.ask(DELETE, { id });
      return id as string;
    });
    let slowest = 0;
    const seen = new Map<string, { kind: string; title: string | null }[]>();
    for (let count = 0; count < 1000; count++) {
      const { kind, taskId, task } = (await stream.next())?.data.taskChanged ?? {};
      seen.set(taskId, [...(seen.get(taskId) ?? []), { kind, title: task?.title ?? null }]);
      const sent = task && sentAt.get(`${taskId} ${task.title}`);
      if (sent) slowest = Math.max(slowest, performance.now() - sent);
    }
    const taskIds = await Promise.all(changing);
    expect([...seen.keys()].toSorted()).toEqual(taskIds.toSorted());
    for (const changes of seen.values()) {
      expect(changes.map(({ kind }) => kind)).toEqual(['CREATED', ...Array(98).fill('UPDATED'), 'DELETED']);
      // Each tells of the task as it is by then, so never of an older state than the one before.
      const titles = changes.flatMap(({ title }) => (title === null ? [] : Number(title)));
      expect(titles).toEqual(titles.toSorted((a, b) => a - b));
    }
    expect(slowest).toBeLessThan(SOON);
    const { id } = (await ann.ask(CREATE, { title: 'The next one' })).data.createTask;
    expect(await stream.next()).toMatchObject({ data: { taskChanged: { kind: 'CREATED', taskId: id } } });
    stream.close();
  },
);

async function signUp({ ask, url }: Server, name: string) {
  const { data } = await ask(SIGNUP, { input: { email: `${name}@example.com`, password: PASSWORD } });
  const accessToken: string = data.signup.accessToken;
  return { ...createClient(url, { authorization: `Bearer ${accessToken}` }), accessToken };
}

/** As many as 1,000 streams take: a session has 20 at most, a user 100. */
async function sessions(server: Server, count: number): Promise<string[]> {
  const tokens: string[] = [];
  while (tokens.length < count) {
    const name = `user${tokens.length}`;
    tokens.push((await signUp(server, name)).accessToken);
    const input = { email: `${name}@example.com`, password: PASSWORD };
    for (let n = 0; n < 4; n++) tokens.push((await server.ask(LOGIN, { input })).data.login.accessToken);
  }
  return tokens;
}

type Storage = Record<string, string>;
