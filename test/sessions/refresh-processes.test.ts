import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, SECRET, SIGNUP } from '../kit/app.ts';
import type { Client } from '../kit/client.ts';
import { databaseOnServer, type ServerDatabase, serverUrl } from '../kit/postgres.ts';
import { bearing, generationOf, LOGOUT, ME, refreshed, signIn, type Tokens } from '../kit/requests.ts';
import { latchkey, type Server, serve } from '../kit/server-process.ts';
import { SOON } from '../kit/soon.ts';

if (!serverUrl)
  console.warn('SKIPPED: refreshing at two processes at once: set TEST_DATABASE_URL to a PostgreSQL server.');

const EMAIL = 'ann@example.com';
const ROUNDS = 50;

describe.skipIf(!serverUrl)('two processes on one server', () => {
  let database: ServerDatabase;
  let processes: [Server, Server];

  beforeAll(async () => {
    database = await databaseOnServer();
    const start = () => serve({ DATABASE_URL: database.url, JWT_SECRET: SECRET });
    processes = [await start(), await start()];
    await processes[0].ask(SIGNUP, { input: { email: EMAIL, password: PASSWORD } });
  }, 60_000);

  test('of 20 refreshes at once one rotates, and all get the same generation, 50 times', async () => {
    let held: Tokens = await signedIn();
    for (let generation = 1; generation <= ROUNDS; generation++) {
      const { refreshToken } = held;
      const answers = await twenty((client) => refreshed(client, refreshToken));
      const generations = answers.map((answer) => typeof answer === 'object' && generationOf(answer.refreshToken));
      expect(new Set(generations)).toEqual(new Set([generation]));
      held = answers[generation % 20] as Tokens;
    }
  }, 60_000);

  test('a logout or a replay among 19 refreshes ends the session with all that was issued, and no other, 50 times', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
    console.info(`SEED=${seed}`);
    const turns = fc.sample(fc.tuple(fc.boolean(), fc.nat({ max: 19 })), { numRuns: ROUNDS, seed });
    const other = await signedIn();
    const ended: Tokens[] = [];
    for (const [isLogout, turn] of turns) {
      const oldest = await signedIn();
      const held = await next(await next(oldest));
      const answers = await twenty((client, index) => {
        if (index !== turn) return refreshed(client, held.refreshToken);
        if (!isLogout) return refreshed(client, oldest.refreshToken);
        return client.ask(LOGOUT, { token: held.refreshToken }).then(({ data }) => String(data.logout));
      });
      expect(answers[turn]).toBe(isLogout ? 'true' : 'REFRESH_REJECTED');
      const issued = answers.filter((answer) => typeof answer === 'object');
      expect(new Set(issued.map(({ refreshToken }) => generationOf(refreshToken))).size).toBeLessThanOrEqual(1);
      for (const { refreshToken } of [oldest, held, ...issued.slice(0, 1)]) {
        for (const process of processes) expect(await refreshed(process, refreshToken)).toBe('REFRESH_REJECTED');
      }
      ended.push(held, ...issued);
    }
    for (const process of processes) {
      const codes = () => Promise.all(ended.map(({ accessToken }) => bearing(process, accessToken).codeOf(ME)));
      await expect.poll(async () => new Set(await codes()), { timeout: SOON }).toEqual(new Set(['SESSION_ENDED']));
      expect(await bearing(process, other.accessToken).codeOf(ME)).toBeNull();
    }
    await next(other);
  }, 120_000);

  test('what the admin command does is felt within a second', async () => {
    const tokens = await signedIn();
    const { output } = await latchkey(['admin', 'grant', EMAIL, '--yes'], { DATABASE_URL: database.url }).ended;
    expect(output).toContain('is an admin');
    for (const process of processes) {
      const code = () => bearing(process, tokens.accessToken).codeOf(ME);
      await expect.poll(code, { timeout: SOON }).toBe('TOKEN_EXPIRED');
    }
    const { accessToken } = await next(tokens);
    expect((await bearing(processes[1], accessToken).ask(ME)).data.me.role).toBe('ADMIN');
  });

  test('a process that was suspended believes nobody before it has read what ended meanwhile', async () => {
    const [suspended, awake] = processes;
    const { accessToken, refreshToken } = await signedIn();
    const there = bearing(suspended, accessToken);
    expect(await there.codeOf(ME)).toBeNull();
    suspended.child.kill('SIGSTOP');
    await awake.ask(LOGOUT, { token: refreshToken });
    await sleep(10_500);

    const lock = new pg.Client({ connectionString: database.url });
    await lock.connect();
    await lock.query('BEGIN; LOCK TABLE "Revocation" IN ACCESS EXCLUSIVE MODE');
    suspended.child.kill('SIGCONT');
    expect(await there.codeOf(ME)).toBe('SERVICE_UNAVAILABLE');
    await lock.query('ROLLBACK');
    await lock.end();
    await expect.poll(() => there.codeOf(ME), { timeout: 10_000 }).toBe('SESSION_ENDED');
  }, 30_000);

  const signedIn = () => signIn(processes[0].url, processes[0], EMAIL);

  async function next(tokens: Tokens): Promise<Tokens> {
    const answer = await refreshed(processes[1], tokens.refreshToken);
    expect(answer).toBeTypeOf('object');
    return answer as Tokens;
  }

  const twenty = <T>(work: (client: Client, index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: 20 }, (_, index) => work(processes[index % 2 ? 1 : 0], index)));
});
