// What everybody else feels while 50 clients log in without pause: the 99th percentile of a list query, and the memory; and how many
// log in, beside how many passwords argon2 alone compares on this machine.
// npm run build && node bench/login-flood.mjs        (TEST_DATABASE_URL=postgres://... for PostgreSQL)
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import argon2 from 'argon2';
import { createHashing, HASHES_AT_ONCE } from '../dist/auth/hashing.js';
import { createAsker, LOGIN, quantile, startServer } from './server.mjs';

const CLIENTS = 50;
/** Who reads meanwhile: so many people, each asking so many times a second, whether or not the answer before has come. */
const READERS = 5;
const RATE = 10;
/** Quiet, flood and argon2 alone take turns, so that what else the machine does meets both. */
const ROUNDS = 3;
const SECONDS = 10;
const PASSWORD = 'correct horse battery staple';
const TASKS = '{ tasks(first: 20) { nodes { id title status createdAt } totalCount } }';

const BUSY = { flood, hash };
if (process.argv[2]) await obey(BUSY[process.argv[2]], process.argv[3]);
else await main();

async function main() {
  const server = await startServer(seed);
  const [flooding, hashing] = Object.keys(BUSY).map((name) => fork(fileURLToPath(import.meta.url), [name, server.url]));
  const tell = async (child, what) => {
    child.send(what);
    return (await once(child, 'message'))[0];
  };
  try {
    const readers = await Promise.all(Array.from({ length: READERS }, (_, n) => signIn(server.url, n)));
    await observe(server, readers, 5);
    const quiet = [];
    const busy = [];
    for (let round = 0; round < ROUNDS; round++) {
      quiet.push(await observe(server, readers, SECONDS));
      await tell(flooding, 'start');
      busy.push(await observe(server, readers, SECONDS));
      await tell(flooding, 'stop');
      await tell(hashing, 'start');
      await sleep(1000 * SECONDS);
      await tell(hashing, 'stop');
    }
    const counts = { ...(await tell(flooding, 'count')), ...(await tell(hashing, 'count')) };
    // The floods leave their memory behind, so only the first quiet has none of it.
    report(server.storage, { ...joined(quiet), memory: quiet[0].memory }, joined(busy), counts);
  } finally {
    flooding.disconnect();
    hashing.disconnect();
    await server.stop();
  }
}

/** Lets so many do their work again and again, from two seconds before a start is answered until it is told to stop; says how often. */
async function obey(prepare, url) {
  const { workers, work } = await prepare(url);
  const counts = {};
  let seconds = 0;
  let running = null;
  const keepWorking = async (n) => {
    while (running) {
      const done = await work(n);
      counts[done] = (counts[done] ?? 0) + 1;
    }
  };
  process.on('message', async (what) => {
    if (what === 'start') {
      running = { since: performance.now() };
      running.work = Promise.all(Array.from({ length: workers }, (_, n) => keepWorking(n)));
      await sleep(2000);
    }
    if (what === 'stop') {
      const { since, work } = running;
      running = null;
      await work;
      seconds += (performance.now() - since) / 1000;
    }
    process.send(Object.fromEntries(Object.entries(counts).map(([done, count]) => [done, count / seconds])));
  });
}

/** Logs in from 50 addresses without pause. */
function flood(url) {
  const asks = Array.from({ length: CLIENTS }, () => createAsker(url));
  const work = async (n) => {
    const input = { email: emailOf(n), password: PASSWORD };
    const { answer } = await asks[n](LOGIN, { input }, { 'x-forwarded-for': `10.0.1.${n}` });
    return answer.data?.login ? 'logins' : 'refused';
  };
  return { workers: CLIENTS, work };
}

/** The limit: does nothing but compare passwords, as many at once as Latchkey. */
async function hash() {
  const stored = await hashOfPassword();
  const work = async () => ((await argon2.verify(stored, PASSWORD)) ? 'compared' : 'wrong');
  return { workers: HASHES_AT_ONCE, work };
}

async function observe(server, readers, seconds) {
  const answers = [];
  let memory = 0;
  const before = processors();
  const end = performance.now() + 1000 * seconds;
  for (let due = performance.now(); due < end; due += 1000 / (RATE * READERS)) {
    await sleep(Math.max(0, due - performance.now()));
    const { asks, headers } = readers[answers.length % READERS];
    // Over a connection that is free, as a browser would: what waits for the answer before it would measure that.
    const ask = asks.pop() ?? createAsker(server.url);
    answers.push(
      ask(TASKS, {}, headers).then(({ milliseconds, answer }) => {
        if (answer.data?.tasks.nodes.length !== 20) throw new Error(JSON.stringify(answer.errors));
        asks.push(ask);
        return milliseconds;
      }),
    );
    memory = Math.max(memory, server.memory());
  }
  const times = await Promise.all(answers);
  const after = processors();
  return { times, memory, stolen: after.stolen - before.stolen, all: after.all - before.all };
}

function joined(observed) {
  const times = observed.flatMap((one) => one.times);
  const sum = (what) => observed.reduce((total, one) => total + one[what], 0);
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    memory: Math.max(...observed.map((one) => one.memory)),
    stolen: sum('stolen') / sum('all'),
  };
}

function report(storage, quiet, busy, { logins, refused = 0, compared }) {
  const line = (name, { p50, p99, memory, stolen }) =>
    console.log(
      `${name.padEnd(12)} p50 ${p50.toFixed(1).padStart(6)} ms  p99 ${p99.toFixed(1).padStart(6)} ms  ${memory.toFixed(0).padStart(4)} MB` +
        `  (${(100 * stolen).toFixed(0)} % of the processors' time went to other machines)`,
    );
  console.log(`${storage}: ${RATE * READERS} task lists a second, ${ROUNDS} times ${SECONDS} s of each`);
  line('quiet', quiet);
  line('50 logins', busy);
  console.log(
    `${logins.toFixed(1)} logins a second, ${refused.toFixed(1)} refused; argon2 alone ${compared.toFixed(1)}: ${(logins / compared).toFixed(2)} of it`,
  );
  console.log(`p99 times ${(busy.p99 / quiet.p99).toFixed(2)}, memory + ${(busy.memory - quiet.memory).toFixed(0)} MB`);
  process.exitCode = busy.p99 < 3 * quiet.p99 && busy.memory < quiet.memory + 100 ? 0 : 1;
}

/** The time of all processors so far, and how much of it a virtual machine was made to wait: proc_stat(5). */
function processors() {
  const times = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1, 9).map(Number);
  return { stolen: times[7], all: times.reduce((a, b) => a + b) };
}

async function signIn(url, n) {
  const ask = createAsker(url);
  const { answer } = await ask(
    LOGIN,
    { input: { email: emailOf(n), password: PASSWORD } },
    { 'x-forwarded-for': `10.0.0.${n}` },
  );
  return {
    asks: [ask],
    headers: { authorization: `Bearer ${answer.data.login.accessToken}`, 'x-forwarded-for': `10.0.0.${n}` },
  };
}

async function seed(db) {
  const hash = await hashOfPassword();
  const now = new Date();
  for (let n = 0; n < CLIENTS; n++) {
    const tasks = Array.from({ length: 40 }, (_, task) => ({
      title: `Task ${task}`,
      titleFolded: `TASK ${task}`,
      createdAt: new Date(now.getTime() + task),
      updatedAt: now,
    }));
    await db.user.create({
      data: { email: emailOf(n), createdAt: now, password: { create: { hash } }, tasks: { create: tasks } },
    });
  }
}

function hashOfPassword() {
  return createHashing().inTurn({ whose: 'bench' }, (hasher) => hasher.hash(PASSWORD));
}

function emailOf(n) {
  return `user${n}@example.com`;
}
