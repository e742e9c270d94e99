import { describe, expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { locked } from '../kit/locked.ts';
import { serverUrl } from '../kit/postgres.ts';
import { bearing, REFRESH } from '../kit/requests.ts';

if (!serverUrl) console.warn('SKIPPED: requests that wait in the database need a PostgreSQL server: TEST_SERVER.');

const app = await startApp({ preferServer: true });
const fair = await startApp({
  besides: app,
  env: { REQUESTS_AT_ONCE: '2', GRAPHQL_MAX_COST: '3000', TRUST_PROXY: '1' },
});
const via = (address: string) => ({ 'x-forwarded-for': address, 'x-forwarded-proto': 'https' });
const of = async (name: string, address = '192.0.2.1') => {
  const { ask } = bearing(fair, (await app.as(name)).accessToken);
  return (query: string, headers = {}) => ask(query, {}, { ...via(address), ...headers });
};
/** Waits for nothing but its turn. */
const QUICK = '{ __typename }';
/** Waits for the lock. */
const SLOW = '{ sessions { id } }';
/** The same, and costs more than half of what one operation may. */
const DEAR = '{ sessions { id userAgent } }';
const answered = { status: 200, data: { __typename: 'Query' } };
const isOpen = (answer: Promise<unknown>) =>
  Promise.race([answer.then(() => false), new Promise((resolve) => setImmediate(resolve, true))]);

describe.skipIf(!serverUrl)('who has two requests under way', () => {
  test('waits with the third, wherever it is sent from, and nobody else does', async () => {
    const [ann, elsewhere, bob] = [await of('ann'), await of('ann', '192.0.2.2'), await of('bob')];
    const release = await locked(app, 'Session');
    const slow = [ann(SLOW), elsewhere(SLOW)];
    await untilWaiting(2);
    const third = [ann(QUICK), elsewhere(QUICK)];
    expect(await bob(QUICK)).toMatchObject(answered);
    expect(await fair.ask(QUICK, {}, via('192.0.2.1'))).toMatchObject(answered);
    for (const answer of [...slow, ...third]) expect(await isOpen(answer)).toBe(true);
    await release();
    for (const answer of await Promise.all(slow)) expect(answer.data.sessions).toHaveLength(1);
    for (const answer of await Promise.all(third)) expect(answer).toMatchObject(answered);
  });

  test('has one where two would cost more than one may', async () => {
    const [fay, bob] = [await of('fay'), await of('bob')];
    const release = await locked(app, 'Session');
    const dear = [fay(DEAR), fay(DEAR)];
    await untilWaiting(1);
    // By the time that somebody else's waits for the lock, the second would.
    const others = bob(DEAR);
    await untilWaiting(2);
    await release();
    for (const answer of await Promise.all([...dear, others])) expect(answer.data.sessions).toHaveLength(1);
  });

  test('is told to come back where that takes more than three seconds, and has turns again after', async () => {
    const [cat, eve, gil] = [await of('cat'), await of('eve'), await of('gil')];
    const release = await locked(app, 'Session');
    const slow = [cat(SLOW), cat(SLOW), eve(DEAR), gil(DEAR)];
    await untilWaiting(4);
    // With an origin, a request takes the other path.
    const late = [cat(QUICK), eve(DEAR), gil(DEAR, { origin: 'http://localhost:5173' })];
    for (const { status, headers, errors } of await Promise.all(late)) {
      expect([status, headers.get('retry-after'), errors?.[0]?.extensions]).toEqual([
        503,
        '1',
        { code: 'SERVICE_UNAVAILABLE', retryAfter: 1 },
      ]);
    }
    await release();
    await Promise.all(slow);
    expect(await cat(QUICK)).toMatchObject(answered);
  });

  test('is a user: who is not signed in waits for nobody at the same address', async () => {
    const { refreshToken: token } = await app.as('dan');
    const release = await locked(app, 'Session');
    const slow = [1, 2].map(() => fair.ask(REFRESH, { token }, via('192.0.2.7')));
    await untilWaiting(2);
    expect(await fair.ask(QUICK, {}, via('192.0.2.7'))).toMatchObject(answered);
    await release();
    await Promise.all(slow);
  });
});

test('however many one sends at once, each is answered', async () => {
  const eve = await of('eve');
  const answers = await Promise.all(Array.from({ length: 100 }, () => eve(QUICK)));
  for (const answer of answers) expect(answer).toMatchObject(answered);
});

test('however busy the process is with what came before, whoever waits has a turn', async () => {
  let isBusy = true;
  const work = () => {
    const until = performance.now() + 10;
    while (performance.now() < until);
    if (isBusy) setImmediate(work);
  };
  work();
  const asked = Array.from({ length: 30 }, () => fair.ask(QUICK, {}, via('192.0.2.9')));
  const answers = await Promise.all(asked).finally(() => {
    isBusy = false;
  });
  for (const answer of answers) expect(answer).toMatchObject(answered);
});

/** Until so many statements wait for the lock. */
const untilWaiting = (count: number) =>
  expect
    .poll(
      async () => {
        const [row] = await app.db.$queryRaw<[{ count: number }]>`SELECT count(*)::int FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        return row.count;
      },
      { interval: 20, timeout: 2000 },
    )
    .toBe(count);
