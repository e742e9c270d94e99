import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { listenOnServer } from '../../src/db/listen.ts';
import { type Person, startApp, type TestApp } from '../kit/app.ts';
import { serverUrl, urlOf } from '../kit/postgres.ts';
import { proxyTo } from '../kit/proxy.ts';
import { openStream } from '../kit/stream.ts';
import { RENAME, renamed, schema, WATCH, watchUsers } from './live-users.ts';

if (!serverUrl)
  console.warn('SKIPPED: a broken connection of the listener needs a PostgreSQL server: set TEST_DATABASE_URL.');

const UNAVAILABLE = { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] };

const app = await startApp({ schema, preferServer: true });
await watchUsers(app);

test('whoever notifies nonsense on the channel harms nobody', async () => {
  const ann = await app.as('ann');
  const stream = await watching(ann);
  const nonsense = [
    '',
    'null',
    '{',
    '[]',
    '{"kind":"CREATED"}',
    `{"table":"User","kind":"STOLEN","id":"${ann.id}","ownerId":"${ann.id}"}`,
  ];
  for (const payload of nonsense) await app.db.$executeRaw`SELECT pg_notify('changes', ${payload})`;
  await ann.ask(RENAME, { name: 'Anna' });
  expect(await stream.next()).toEqual(renamed('Anna'));
  expect(app.logged.filter((line) => line.includes('was notified'))).toHaveLength(nonsense.length);
  stream.close();
});

test('a notification that somebody forged shows nobody a row that is not theirs', async () => {
  const [ann, bob] = [await app.as('ann'), await app.as('bob')];
  const stream = await watching(bob);
  const forged = JSON.stringify({ table: 'User', kind: 'UPDATED', id: ann.id, ownerId: bob.id });
  await app.db.$executeRaw`SELECT pg_notify('changes', ${forged})`;
  expect(await stream.next()).toMatchObject({
    data: { userChanged: { kind: 'UPDATED', user: null } },
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  });
  stream.close();
});

test('nobody hears of another table, nor of another owner', async () => {
  const [ann, bob] = [await app.as('ann'), await app.as('bob')];
  const stream = await watching(ann);
  const elsewhere = JSON.stringify({ table: 'Users', kind: 'UPDATED', id: ann.id, ownerId: ann.id });
  await app.db.$executeRaw`SELECT pg_notify('changes', ${elsewhere})`;
  await bob.ask(RENAME, { name: 'Bobby' });
  await ann.ask(RENAME, { name: 'Annie' });
  expect(await stream.next()).toEqual(renamed('Annie'));
  stream.close();
});

describe.skipIf(!serverUrl)('with a server', () => {
  test('a listener whose connection is ended says so to its streams, refuses others, and hears again', async () => {
    const cid = await app.as('cid');
    const stream = await openStream(app.url, WATCH, cid.accessToken);
    const [{ count } = { count: 0 }] = await app.db.$queryRaw<{ count: number }[]>`
      SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND query = 'LISTEN changes'`;
    expect(count).toBe(1);
    expect(await stream.rest()).toMatchObject({ events: [UNAVAILABLE], end: 'cut' });
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
    // Before anybody listens there, or the sign-up could be the first that is heard.
    const dot = await app.as('dot');
    const far = await startApp({ schema, besides: { ...app, database: { ...app.database, listen } } });
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

/** Their stream, once all that was committed before has been heard: a server's notifications may come late. */
async function watching(person: Person) {
  const stream = await openStream(app.url, WATCH, person.accessToken);
  await person.ask(RENAME, { name: 'Watching' });
  const heard: unknown[] = [];
  while (JSON.stringify(heard.at(-1)) !== JSON.stringify(renamed('Watching'))) heard.push(await stream.next());
  return stream;
}

async function hearsAgain({ url }: TestApp, person: Person) {
  const open = () => openStream(url, WATCH, person.accessToken);
  const stream = await vi.waitUntil(() => open().catch(() => null), { timeout: 8000, interval: 200 });
  await person.ask(RENAME, { name: 'Heard again' });
  expect(await stream.next()).toEqual(renamed('Heard again'));
  stream.close();
}
