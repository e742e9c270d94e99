import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, SECRET, SIGNUP } from '../kit/app.ts';
import { dataDirectory } from '../kit/directory.ts';
import { databaseOnServer, type ServerDatabase, serverUrl } from '../kit/postgres.ts';
import { bearing, type Device, deviceOf, generationOf, refreshed, SESSIONS, type Tokens } from '../kit/requests.ts';
import { type Server, serve } from '../kit/server-process.ts';
import { isThorough } from '../kit/thorough.ts';

if (!serverUrl) console.warn('SKIPPED: kills amid refreshes: set TEST_DATABASE_URL to a PostgreSQL server.');

/** Each costs the start of a server. */
const KILLS = isThorough ? 100 : 10;
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
console.info(`SEED=${seed}`);

/** Milliseconds between a request and the kill: a refresh takes a few. */
const moments = (kills: number) => fc.sample(fc.double({ min: 0, max: 15, noNaN: true }), { numRuns: kills, seed });

describe.skipIf(!serverUrl)('servers that share a database', () => {
  let database: ServerDatabase;
  beforeAll(async () => {
    database = await databaseOnServer();
  });

  test('a client that retries is never logged out nor doubled, though a server is killed again and again as it refreshes', async () => {
    const start = () => serve({ DATABASE_URL: database.url, JWT_SECRET: SECRET });
    const servers = [await start(), await start()];
    // The next ones start while these are killed.
    const spare = [start()];
    let device = await signUp(servers[0] as Server);
    let lost = 0;
    for (const moment of moments(KILLS)) {
      const [doomed, heir] = servers as [Server, Server];
      const last = await refreshUntilKilled(doomed, device, moment);
      const { generation } = await database.db.session.findUniqueOrThrow({ where: { id: last.sessionId } });
      lost += generation - generationOf(last.refreshToken);
      device = await next(heir, last);
      servers.shift();
      spare.push(start());
      servers.push((await spare.shift()) as Server);
    }
    console.info(`${KILLS} kills, ${lost} of them after a rotation and before its answer`);
    await expectOneLineage(servers[0] as Server, device);
    await Promise.all(spare);
  }, 600_000);
});

describe('a server with embedded storage', () => {
  test('a client that waits for it to start again is never logged out nor doubled', async () => {
    const dataDir = dataDirectory();
    const start = () => serve({ DATA_DIR: dataDir, REFRESH_GRACE: '2m' });
    let server = await start();
    let device = await signUp(server);
    for (const moment of moments(isThorough ? 5 : 2)) {
      const last = await refreshUntilKilled(server, device, moment);
      server = await start();
      device = await next(server, last);
    }
    await expectOneLineage(server, device);
  }, 120_000);
});

/** Refreshes again and again at a server that is killed this many milliseconds after a request has been sent. */
async function refreshUntilKilled(server: Server, device: Device, moment: number) {
  let last = await next(server, device);
  const dying = sleep(moment).then(() => server.stop('SIGKILL'));
  try {
    for (;;) last = await next(server, last);
  } catch (error) {
    // What fetch throws when the connection breaks; any other failure is one.
    if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
  }
  await dying;
  return last;
}

/** The next generation and no other, as the answer to somebody honest. */
async function next(server: Server, { refreshToken }: Tokens): Promise<Device> {
  const answer = await refreshed(server, refreshToken);
  expect(answer).toBeTypeOf('object');
  const device = deviceOf(server.url, answer as Tokens);
  expect(generationOf(device.refreshToken)).toBe(generationOf(refreshToken) + 1);
  return device;
}

async function signUp(server: Server) {
  const { data } = await server.ask(SIGNUP, { input: { email: 'ann@example.com', password: PASSWORD } });
  return deviceOf(server.url, data.signup);
}

async function expectOneLineage(server: Server, device: Device) {
  const { sessions } = (await bearing(server, device.accessToken).ask(SESSIONS)).data;
  expect(sessions).toMatchObject([{ id: device.sessionId, current: true }]);
}
