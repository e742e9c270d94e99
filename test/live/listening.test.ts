import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { listenOnServer } from '../../src/db/listen.ts';
import { serverUrl } from '../db/server.ts';
import { type Person, startApp, type TestApp } from '../kit/app.ts';
import { urlOf } from '../kit/server.ts';
import { openStream } from '../kit/stream.ts';
import { proxyTo } from './proxy.ts';

if (!serverUrl)
  console.warn('SKIPPED: a broken connection of the listener needs a PostgreSQL server: set TEST_DATABASE_URL.');

const WATCH = 'subscription { taskChanged { kind task { title } } }';
const CREATE = 'mutation { createTask(input: { title: "Milk" }) { id } }';
const CREATED = { data: { taskChanged: { kind: 'CREATED', task: { title: 'Milk' } } } };
const UNAVAILABLE = { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] };

const app = await startApp({ preferServer: true });

test('whoever notifies nonsense on the channel harms nobody', async () => {
  const ann = await app.as('ann');
  const stream = await openStream(app.url, WATCH, ann.accessToken);
  const nonsense = [
    '',
    'null',
    '{',
    '[]',
    '{"kind":"CREATED"}',
    `{"kind":"STOLEN","taskId":"${ann.id}","ownerId":"${ann.id}"}`,
  ];
  for (const payload of nonsense) await app.db.$executeRaw`SELECT pg_notify('task_changes', ${payload})`;
  await ann.ask(CREATE);
  expect(await stream.next()).toEqual(CREATED);
  expect(app.logged.filter((line) => line.includes('was notified'))).toHaveLength(nonsense.length);
  stream.close();
});

test('a notification that somebody forged shows nobody a task that is not theirs', async () => {
  const [ann, bob] = [await app.as('ann'), await app.as('bob')];
  const taskId = (await ann.ask(CREATE)).data.createTask.id;
  const stream = await openStream(app.url, WATCH, bob.accessToken);
  const forged = JSON.stringify({ kind: 'UPDATED', taskId, ownerId: bob.id });
  await app.db.$executeRaw`SELECT pg_notify('task_changes', ${forged})`;
  expect(await stream.next()).toEqual({ data: { taskChanged: { kind: 'UPDATED', task: null } } });
  stream.close();
});

test('a task that is given away is gone for its old owner and new for the other', async () => {
  const [ann, bob] = [await app.as('ann'), await app.as('bob')];
  const taskId = (await ann.ask(CREATE)).data.createTask.id;
  const streams = await Promise.all([ann, bob].map((one) => openStream(app.url, WATCH, one.accessToken)));
  await app.db.$executeRaw`UPDATE "Task" SET "ownerId" = ${bob.id}::uuid, title = 'Bread' WHERE id = ${taskId}::uuid`;
  await app.db.$executeRaw`UPDATE "Task" SET title = 'Butter' WHERE id = ${taskId}::uuid`;
  await ann.ask(CREATE);
  const [ofAnn, ofBob] = streams;
  expect(await ofAnn?.next()).toEqual({ data: { taskChanged: { kind: 'DELETED', task: null } } });
  expect(await ofAnn?.next()).toEqual(CREATED);
  expect(await ofBob?.next()).toMatchObject({ data: { taskChanged: { kind: 'CREATED' } } });
  expect(await ofBob?.next()).toEqual({ data: { taskChanged: { kind: 'UPDATED', task: { title: 'Butter' } } } });
  for (const stream of streams) stream.close();
});

describe.skipIf(!serverUrl)('with a server', () => {
  test('a listener whose connection is ended says so to its streams, refuses others, and hears again', async () => {
    const cid = await app.as('cid');
    const stream = await openStream(app.url, WATCH, cid.accessToken);
    const [{ count } = { count: 0 }] = await app.db.$queryRaw<{ count: number }[]>`
      SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND query = 'LISTEN task_changes'`;
    expect(count).toBe(1);
    expect(await stream.next()).toMatchObject(UNAVAILABLE);
    expect(await stream.next()).toBeNull();
    expect(await cid.codeOf(WATCH, {}, { accept: 'text/event-stream, application/json' })).toBe('SERVICE_UNAVAILABLE');
    await hearsAgain(app, cid);
  });

  test('a server that is away or does not answer ends streams, keeps nobody deaf, and is found again', {
    timeout: 40_000,
  }, async () => {
    const [{ name } = { name: '' }] = await app.db.$queryRaw<{ name: string }[]>`SELECT current_database() AS name`;
    const proxy = await proxyTo(urlOf(serverUrl as string, name));
    onTestFinished(proxy.close);
    const listen = listenOnServer(proxy.url);
    const far = await startApp({ besides: { ...app, database: { ...app.database, listen } } });
    const dot = await app.as('dot');
    for (const breaks of [proxy.away, proxy.freeze]) {
      const stream = await openStream(far.url, WATCH, dot.accessToken);
      breaks();
      const from = performance.now();
      expect(await stream.next()).toMatchObject(UNAVAILABLE);
      expect(performance.now() - from).toBeLessThan(8000);
      await expect(openStream(far.url, WATCH, dot.accessToken)).rejects.toThrow('503');
      await proxy.tried();
      await expect(openStream(far.url, WATCH, dot.accessToken)).rejects.toThrow('503');
      proxy.mend();
      await hearsAgain(far, dot);
    }
  });

  test('a server that is away at the start is said to be, once', async () => {
    const listen = listenOnServer('postgres://postgres@127.0.0.1:1/postgres');
    await expect(startApp({ besides: { ...app, database: { ...app.database, listen } } })).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});

async function hearsAgain({ url }: TestApp, person: Person) {
  const open = () => openStream(url, WATCH, person.accessToken);
  const stream = await vi.waitUntil(() => open().catch(() => null), { timeout: 8000, interval: 200 });
  await person.ask(CREATE);
  expect(await stream.next()).toEqual(CREATED);
  stream.close();
}
