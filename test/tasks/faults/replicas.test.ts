import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { describe, expect, test } from 'vitest';
import { PASSWORD, SECRET, SIGNUP } from '../../kit/app.ts';
import { hasOwnPostgres, ownPostgres } from '../../kit/own-postgres.ts';
import { type Server, serve } from '../../kit/server-process.ts';
import { underLoad } from './load.ts';
import { queried, tasksMissing } from './stored.ts';

const input = { email: 'ann@example.com', password: PASSWORD };
const runs = hasOwnPostgres('three replicas that start at once, and lose one');

describe.skipIf(!runs)('of three replicas', async () => {
  const postgres = runs ? await ownPostgres() : (null as never);
  let replicas: Server[] = [];
  let accessToken: string;
  const start = () => serve({ DATABASE_URL: postgres.url, JWT_SECRET: SECRET, STOP_DELAY: '2s' });

  test('that start at once on an empty database each one serves, and each migration is applied once', async () => {
    replicas = await Promise.all([start(), start(), start()]);
    for (const { url } of replicas) expect((await fetch(`${url}/ready`)).status).toBe(200);
    const applied = await queried(postgres.url, 'SELECT migration_name AS name FROM _prisma_migrations');
    expect(new Set(applied.map(({ name }) => name)).size).toBe(applied.length);
    const [one] = replicas as [Server];
    ({ accessToken } = (await one.ask(SIGNUP, { input })).data.signup);
  }, 60_000);

  test('the one that is killed takes along no write that it acknowledged, and the others serve on', async () => {
    const [killed, ...others] = replicas as [Server, ...Server[]];
    const load = spread();
    await expect.poll(() => load.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(20);
    killed.child.kill('SIGKILL');
    await killed.ended;
    replicas = others;
    const before = load.acknowledged.length;
    await expect.poll(() => load.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 20);
    await load.stop();
    expect(load.answers.filter(({ status, codes }) => status !== 200 || codes.length > 0)).toEqual([]);
    expect(await tasksMissing(postgres.url, load.acknowledged, input.email)).toEqual([]);
    replicas = [...replicas, await start()];
  }, 60_000);

  test('the one that is told by SIGTERM to stop says so, serves on for a while, and resets no connection', async () => {
    const [leaving, ...others] = replicas as [Server, ...Server[]];
    const load = spread();
    await expect.poll(() => load.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(20);
    leaving.child.kill('SIGTERM');
    await leaving.says(/stopping/);
    // As a balancer does that asks for readiness.
    expect((await fetch(`${leaving.url}/ready`)).status).toBe(503);
    expect(await askedAnew(`${leaving.url}/health`)).toEqual({ status: 200, connection: 'close' });
    replicas = others;
    expect((await leaving.ended).code).toBe(0);
    const before = load.answers.length;
    await expect.poll(() => load.answers.length).toBeGreaterThan(before);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answers.filter(({ status, codes }) => status !== 200 || codes.length > 0)).toEqual([]);
  }, 60_000);

  /** One after the other is asked of those that there are. */
  function spread() {
    let turn = 0;
    return underLoad(accessToken, () => replicas[turn++ % replicas.length]?.url ?? '');
  }
});

/** Over a connection of its own, which the client would keep. */
async function askedAnew(url: string) {
  const agent = new Agent({ keepAlive: true });
  const [response] = await once(get(url, { agent }), 'response');
  response.resume();
  await once(response, 'end');
  agent.destroy();
  return { status: response.statusCode, connection: response.headers.connection };
}
