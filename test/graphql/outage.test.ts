import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { isOutage } from '../../src/db/outage.ts';
import { LOGIN, PASSWORD, type Person, SIGNUP, startApp, type TestApp } from '../kit/app.ts';
import { createClient } from '../kit/client.ts';
import { serverUrl, urlOf } from '../kit/postgres.ts';
import { proxyTo } from '../kit/proxy.ts';

if (!serverUrl) console.warn('SKIPPED: a database that is lost in the middle needs a PostgreSQL server: TEST_SERVER.');

test.each([
  ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ['a full server', { code: '53300' }],
  ['a server that is shutting down', new Error('query', { cause: { originalCode: '57P01', kind: 'postgres' } })],
  ['a statement that took too long', { cause: { cause: { code: '57014' } } }],
  ['no connection to be had in time', new Error('timeout exceeded when trying to connect')],
  ['a transaction that could not begin', { code: 'P2028' }],
  [
    'the error of an adapter in that of Prisma',
    { code: 'P2010', meta: { driverAdapterError: { cause: { kind: 'SocketTimeout' } } } },
  ],
])('%s is an outage', (_what, error) => {
  expect(isOutage(error)).toBe(true);
});

test.each([
  ['a broken rule of the database', { code: 'P2002', cause: { code: '23505' } }],
  ['a missing table', { code: 'P2010', meta: { driverAdapterError: { cause: { kind: 'TableDoesNotExist' } } } }],
  ['a fault of our own', new TypeError('x is not a function')],
  ['nothing', undefined],
  ['a text', 'ECONNREFUSED'],
])('%s is none', (_what, error) => {
  expect(isOutage(error)).toBe(false);
});

test('a cause that leads back to itself is followed to no end', () => {
  const error = new Error('round');
  error.cause = error;
  expect(isOutage(error)).toBe(false);
});

describe.skipIf(!serverUrl)('a database that is lost in the middle', async () => {
  const near = serverUrl ? await startApp({ preferServer: true }) : (null as never);

  /** A replica whose database is behind a network of its own. */
  async function farApp() {
    const [{ name }] = await near.db.$queryRaw<[{ name: string }]>`SELECT current_database() AS name`;
    const proxy = await proxyTo(urlOf(serverUrl as string, name));
    const database = await openDatabase({ kind: 'server', url: proxy.url });
    const app = await startApp({ besides: { ...near, database: { ...near.database, db: database.db } } });
    onTestFinished(async () => {
      await app.stop();
      proxy.close();
      await database.close();
    });
    return { app, proxy };
  }

  const ASKED: [string, (app: TestApp, who: Person) => Promise<{ status: number; codes: unknown[] }>][] = [
    ['a list', (app, who) => asked(app, who, '{ sessions { id } }')],
    ['the viewer', (app, who) => asked(app, who, '{ me { email } }')],
    ['a public field', (app, who) => asked(app, who, '{ viewer { email } }')],
    ['a page and its count', (app, who) => asked(app, who, '{ users { totalCount nodes { id } } }')],
    ['a change', (app, who) => asked(app, who, 'mutation { updateMe(input: { name: "A" }) { id } }')],
    [
      'a change of rights',
      (app, who) => asked(app, who, `mutation { setUserRole(userId: "${who.id}", role: ADMIN) { id } }`),
    ],
    [
      'a refresh',
      (app, who) =>
        asked(app, who, `mutation { refresh(input: { refreshToken: "${who.refreshToken}" }) { tokenType } }`),
    ],
    ['a sign-in', (app, who) => asked(app, who, LOGIN, { input: { email: who.email, password: PASSWORD } })],
    ['a sign-up', (app, who) => asked(app, who, SIGNUP, { input: { email: 'new@example.com', password: PASSWORD } })],
  ];

  async function asked({ url }: TestApp, { accessToken }: Person, query: string, variables: object = {}) {
    const client = createClient(url, { authorization: `Bearer ${accessToken}` });
    const { status, data, errors = [] } = await client.ask(query, variables);
    expect(JSON.stringify([data, errors])).not.toMatch(/prisma|postgres|127\.0|ECONN|terminat/i);
    return { status, codes: errors.map(({ extensions }) => extensions.code) };
  }

  test('is SERVICE_UNAVAILABLE with 503 from every field, and comes back by itself', { timeout: 60_000 }, async () => {
    const { app, proxy } = await farApp();
    const root = await near.as('root', 'ADMIN');
    await app.advance(0);
    proxy.away();
    for (const [what, ask] of ASKED) {
      expect(await ask(app, root), what).toEqual({ status: 503, codes: ['SERVICE_UNAVAILABLE'] });
    }
    // By itself it reads on: each round tries for three connections at most.
    for (let tried = 0; tried < 9; tried++) await proxy.tried();
    proxy.mend();
    await expect
      .poll(() => asked(app, root, '{ me { email } }'), { timeout: 5000 })
      .toEqual({ status: 200, codes: [] });
    const told = app.logged.filter((line) => line.includes('reading revocations fails'));
    expect(told, 'once, and not in each round').toHaveLength(1);
  });

  test('that hangs is given up after ten seconds', { timeout: 60_000 }, async () => {
    const { app, proxy } = await farApp();
    const root = await near.as('root', 'ADMIN');
    proxy.freeze();
    const from = performance.now();
    expect(await asked(app, root, '{ sessions { id } }')).toEqual({ status: 503, codes: ['SERVICE_UNAVAILABLE'] });
    expect(performance.now() - from).toBeLessThan(12_000);
  });

  test('whose connections are all in use, or are shut down, is no fault of ours', { timeout: 60_000 }, async () => {
    const { app } = await farApp();
    const root = await near.as('root', 'ADMIN');
    await app.advance(0);
    const unavailable = { status: 503, codes: ['SERVICE_UNAVAILABLE'] };
    await near.db.$transaction(
      async (tx) => {
        await tx.$executeRaw`LOCK TABLE "User" IN ACCESS EXCLUSIVE MODE`;
        const waiting = Array.from({ length: 11 }, () => asked(app, root, '{ me { email } }'));
        expect(await Promise.race(waiting), 'the one for whom no connection was left').toEqual(unavailable);
        await tx.$queryRaw`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        expect(await Promise.all(waiting)).toEqual(Array(11).fill(unavailable));
      },
      { timeout: 20_000 },
    );
    await expect
      .poll(() => asked(app, root, '{ me { email } }'), { timeout: 5000 })
      .toEqual({ status: 200, codes: [] });
  });
});
