// What a start costs, and a server that nobody asks anything: the time until it is ready, its memory 4 s after it was started, and
// the share of one processor that it takes in a minute. On embedded storage also the start that makes the database.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BEHIND_A_PROXY, LATCHKEY, makeStorage, newSecret, quantile, spawnServer } from './server.mjs';

const ROUNDS = 9;
const MINUTE = 60_000;
const BOUNDS = {
  server: { ready: 500, memory: 110, idle: 0.5 },
  embedded: { ready: 500, memory: 150, idle: 0.5, first: 3000 },
};

const { storage, env, drop } = await makeStorage(process.env.TEST_DATABASE_URL, async () => {});
const start = (more) => spawnServer(LATCHKEY, { ...BEHIND_A_PROXY, JWT_SECRET: newSecret(), ...env, ...more });
try {
  const bounds = BOUNDS[storage.kind];
  const found = { ready: [], memory: [], idle: [], first: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const server = await start();
    await sleep(4000 - server.milliseconds);
    found.ready.push(server.milliseconds);
    found.memory.push(server.memory());
    if (round === 0) found.idle.push(await idle(server));
    await server.stop();
    if (bounds.first) found.first.push(await firstStart());
  }
  for (const [what, bound] of Object.entries(bounds)) {
    const median = quantile(found[what], 0.5);
    console.log(`${storage.kind} ${what}: ${median.toPrecision(3)}, at most ${bound}`);
    if (median > bound) process.exitCode = 1;
  }
} finally {
  await drop();
}

/** In percent of one processor. */
async function idle(server) {
  const before = server.processor();
  await sleep(MINUTE);
  return ((server.processor() - before) / MINUTE) * 100;
}

async function firstStart() {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const server = await start({ DATA_DIR: join(directory, 'data') });
  await server.stop();
  rmSync(directory, { recursive: true });
  return server.milliseconds;
}
