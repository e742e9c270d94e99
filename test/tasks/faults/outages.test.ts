import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { PASSWORD, SECRET, SIGNUP } from '../../kit/app.ts';
import { freePort, hasOwnPostgres, ownPostgres } from '../../kit/own-postgres.ts';
import { proxyTo } from '../../kit/proxy.ts';
import { latchkey, listening, serve } from '../../kit/server-process.ts';
import { runsThorough } from '../../kit/thorough.ts';
import { type Load, underLoad } from './load.ts';
import { queried, tasksMissing } from './stored.ts';

const input = { email: 'ann@example.com', password: PASSWORD };
const runs = hasOwnPostgres('a database that goes away') && runsThorough('a database that goes away for a while');

describe.skipIf(!runs)('a database that', async () => {
  const postgres = runs ? await ownPostgres() : (null as never);
  const proxy = runs ? await proxyTo(postgres.url) : (null as never);
  const replica = (url: string) => serve({ DATABASE_URL: url, JWT_SECRET: SECRET });

  test('is stopped for 8 s', () => outage(postgres.url, postgres.stop, 8000, postgres.start), 90_000);
  test('is stopped for 15 s', () => outage(postgres.url, postgres.stop, 15_000, postgres.start), 90_000);
  test('hangs for 20 s', () => outage(postgres.url, postgres.freeze, 20_000, postgres.thaw), 90_000);
  test('is cut off for 10 s', () => outage(proxy.url, proxy.away, 10_000, proxy.mend), 90_000);
  test('gets nothing of what is sent for 10 s', () => outage(proxy.url, proxy.freeze, 10_000, proxy.mend), 90_000);

  test('is away at the start is waited for', { timeout: 60_000 }, async () => {
    await postgres.stop();
    const port = await freePort();
    const starting = latchkey([], { DATABASE_URL: postgres.url, JWT_SECRET: SECRET, PORT: `${port}` });
    await starting.says(/the database cannot be reached/);
    const url = `http://127.0.0.1:${port}`;
    expect((await fetch(`${url}/health`)).status).toBe(200);
    for (const [path, init] of [['/ready'], ['/graphql', { method: 'POST', body: '{}' }]] as const) {
      const answer = await fetch(`${url}${path}`, init);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    }
    await postgres.start();
    const there = performance.now();
    const server = await listening(starting);
    expect(performance.now() - there).toBeLessThan(5000);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    expect((await server.ask('{ viewer { id } }')).errors).toBeUndefined();
    expect((await starting.stop()).code).toBe(0);
  });

  /** In all of it: documented codes, in time, nothing lost that was acknowledged, and an end by itself. */
  async function outage(url: string, begin: () => unknown, milliseconds: number, end: () => unknown) {
    const server = await replica(url);
    const email = `${milliseconds}-${Math.random()}@example.com`;
    const { data } = await server.ask(SIGNUP, { input: { ...input, email } });
    const load = underLoad(data.signup.accessToken, () => server.url);
    await expect.poll(() => load.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(20);
    const begun = performance.now();
    await begin();
    await sleep(milliseconds);
    expect(isUnavailableAt(load, performance.now()), 'it was felt').toBe(true);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    await end();
    const ended = performance.now();
    await expect.poll(() => isWellSince(load, performance.now() - 500), { timeout: 20_000 }).toBe(true);
    await load.stop();

    const recovered = Math.max(...load.answers.filter(({ status }) => status !== 200).map(({ at }) => at)) - ended;
    const slowest = Math.max(...load.answers.map(({ took }) => took));
    console.info({ answers: load.answers.length, recovered, slowest, acknowledged: load.acknowledged.length });
    expect(recovered).toBeLessThan(5000);
    expect(slowest).toBeLessThan(10_000);
    expect(load.failures).toEqual([]);
    expect(load.answers.filter(({ at }) => at > begun && at < ended).length).toBeGreaterThan(8);
    for (const { status, codes, retryAfter } of load.answers) {
      expect([200, 503]).toContain(status);
      if (status === 503) expect([new Set(codes), retryAfter]).toEqual([new Set(['SERVICE_UNAVAILABLE']), '1']);
      else expect(codes.filter((code) => code !== 'SERVICE_UNAVAILABLE')).toEqual([]);
    }
    expect(await tasksMissing(postgres.url, load.acknowledged, email)).toEqual([]);
    expect(await openTransactions(postgres.url)).toBe(0);
    expect((await server.stop()).code).toBe(0);
  }
});

const isUnavailableAt = ({ answers }: Load, at: number) =>
  answers.some((answer) => answer.at > at - 6000 && answer.status === 503);
const isWellSince = ({ answers }: Load, at: number) => {
  const since = answers.filter((answer) => answer.at > at);
  return since.length > 8 && since.every(({ status }) => status === 200);
};

const openTransactions = async (url: string) =>
  (await queried(url, `SELECT pid FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'`)).length;
