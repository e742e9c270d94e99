import { beforeAll, describe, expect, test } from 'vitest';
import { asOperation } from '../../src/db/operation.ts';
import { toAppError } from '../../src/graphql/answers.ts';
import { startApp, type TestApp } from '../kit/app.ts';
import type { Client } from '../kit/client.ts';
import { locked } from '../kit/locked.ts';
import { serverUrl } from '../kit/postgres.ts';
import { bearing } from '../kit/requests.ts';
import { statementsOf } from '../kit/statements.ts';

if (!serverUrl) console.warn('SKIPPED: statements that are stopped need a PostgreSQL server: TEST_SERVER.');

const ME = '{ me { name } }';
const RENAME = 'mutation { updateMe(input: { name: "Late" }) { name } }';
const UNAVAILABLE = { status: 503, codes: ['SERVICE_UNAVAILABLE'], retryAfter: '1' };

async function asked({ ask }: Client, query: string) {
  const { status, headers, errors = [] } = await ask(query);
  return { status, codes: errors.map(({ extensions }) => extensions.code), retryAfter: headers.get('retry-after') };
}

/** People sign up where they have time to. */
async function limited(preferServer: boolean, ...names: string[]) {
  const app = await startApp({ preferServer });
  const hasty = await startApp({ besides: app, env: { OPERATION_TIMEOUT: '1s' } });
  const people = await Promise.all(names.map((name) => app.as(name)));
  return { app, people: people.map(({ accessToken }) => bearing(hasty, accessToken)) };
}

const DATABASES = [['embedded', false] as const, ...(serverUrl ? [['server', true] as const] : [])];

describe.each(DATABASES)('an operation over its time (%s)', (_where, preferServer) => {
  let app: TestApp;
  let ann: Client;
  beforeAll(async () => {
    const made = await limited(preferServer, 'ann');
    app = made.app;
    [ann] = made.people as [Client];
  });

  test('is SERVICE_UNAVAILABLE with 503 and Retry-After, a query and a mutation, of which nothing is done', async () => {
    const release = await locked(app, 'User');
    const from = performance.now();
    expect(await Promise.all([asked(ann, ME), asked(ann, RENAME)])).toEqual([UNAVAILABLE, UNAVAILABLE]);
    expect(performance.now() - from).toBeLessThan(4000);
    await release();
    expect((await ann.ask(ME)).data).toEqual({ me: { name: 'ann' } });
  });

  test('keeps what a mutation did in time, and does nothing after', async () => {
    const [early, late] = [
      'updateMe(input: { name: "Early" }) { name }',
      'late: updateMe(input: { name: "Late" }) { name }',
    ];
    const release = await locked(app, 'Session');
    const { errors } = await ann.ask(`mutation { ${early} logoutAll ${late} }`);
    await release();
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
    // There is one connection to an embedded database, so that nothing could be done in time.
    expect((await ann.ask(ME)).data).toEqual({ me: { name: app.database.isShared ? 'Early' : 'ann' } });
  });

  test.each([
    ['a statement', () => app.db.user.count()],
    ['one of a transaction', () => app.db.$transaction((tx) => tx.user.count())],
    ['one by hand', () => app.db.$queryRaw`SELECT 1`],
  ])('is that, and no fault of ours, too where %s is refused inside of Prisma', async (_what, work) => {
    const codeOf = (error: unknown) => toAppError(error).code;
    expect(await asOperation(0, () => work().then(() => null, codeOf))).toBe('SERVICE_UNAVAILABLE');
    expect(await asOperation(5000, () => work().then(() => null, codeOf))).toBeNull();
  });

  test('is not executed once more', async () => {
    const release = await locked(app, 'User');
    const sent = await statementsOf(async () => {
      expect(await asked(ann, ME)).toEqual(UNAVAILABLE);
      await release();
      await ann.ask('{ __typename }');
    });
    expect(sent.filter((sql) => sql.includes('"User"."name"')).length).toBeLessThanOrEqual(1);
  });
});

describe.skipIf(!serverUrl)('on a server', () => {
  test('four statements of a request run at once, so that others have connections, and all are stopped in time', async () => {
    const { app, people } = await limited(true, 'ann', 'bob');
    const [ann, bob] = people as [Client, Client];
    const waiting = async () => {
      const [{ count }] = await app.db.$queryRaw<[{ count: number }]>`SELECT count(*)::int FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%"lastUsedAt"%'`;
      return count;
    };
    const release = await locked(app, 'Session');
    const query = `{ ${Array.from({ length: 7 }, (_, n) => `s${n}: sessions { id lastUsedAt }`).join(' ')} }`;
    const answer = asked(ann, query);
    await expect.poll(waiting, { interval: 20 }).toBe(4);
    expect((await bob.ask(ME)).data).toEqual({ me: { name: 'bob' } });
    expect(await waiting()).toBe(4);
    expect(await answer).toEqual(UNAVAILABLE);
    await expect.poll(waiting, { interval: 20, timeout: 3000 }).toBe(0);
    await release();
    expect((await ann.ask(query)).errors).toBeUndefined();
  });
});
