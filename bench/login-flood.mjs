// What everybody else feels while 50 clients log in without pause: the 99th percentile of a list query, and the memory.
// npm run build && node bench/login-flood.mjs        (TEST_DATABASE_URL=postgres://... for PostgreSQL)
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hashPassword } from '../dist/auth/passwords.js';
import { createAsker, LOGIN, quantile, startServer } from './server.mjs';

const CLIENTS = 50;
/** Who reads meanwhile: so many people, each asking so many times a second, whether or not the answer before has come. */
const READERS = 5;
const RATE = 10;
const SECONDS = 30;
const PASSWORD = 'correct horse battery staple';
const TASKS = '{ tasks(first: 20) { nodes { id title status createdAt } totalCount } }';

if (process.argv[2] === 'flood') await flood(process.argv[3]);
else await main();

async function main() {
  const server = await startServer(seed);
  try {
    const readers = await Promise.all(Array.from({ length: READERS }, (_, n) => signIn(server.url, n)));
    await observe(server, readers, 5);
    const quiet = await observe(server, readers, SECONDS);
    const flooding = fork(fileURLToPath(import.meta.url), ['flood', server.url]);
    await once(flooding, 'message');
    const busy = await observe(server, readers, SECONDS);
    flooding.send('stop');
    const [{ logins, refused }] = await once(flooding, 'message');
    report(server.storage, quiet, busy, logins, refused);
  } finally {
    await server.stop();
  }
}

/** Logs in from 50 addresses without pause, until told to stop. */
async function flood(url) {
  process.on('disconnect', () => process.exit());
  let stopped = false;
  let logins = 0;
  let refused = 0;
  const running = Array.from({ length: CLIENTS }, async (_, n) => {
    const ask = createAsker(url);
    while (!stopped) {
      const input = { email: emailOf(n), password: PASSWORD };
      const { answer } = await ask(LOGIN, { input }, { 'x-forwarded-for': `10.0.1.${n}` });
      if (answer.data?.login) logins += 1;
      else refused += 1;
    }
  });
  await sleep(2000);
  process.send('flooding');
  await once(process, 'message');
  stopped = true;
  await Promise.all(running);
  process.send({ logins, refused });
  process.disconnect();
}

async function observe(server, readers, seconds) {
  const answers = [];
  let memory = 0;
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
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), memory };
}

function report(storage, quiet, busy, logins, refused) {
  const line = (name, { p50, p99, memory }) =>
    console.log(
      `${name.padEnd(12)} p50 ${p50.toFixed(1).padStart(6)} ms  p99 ${p99.toFixed(1).padStart(6)} ms  ${memory.toFixed(0).padStart(4)} MB`,
    );
  console.log(`${storage}: ${RATE * READERS} task lists a second, for ${SECONDS} s each time`);
  line('quiet', quiet);
  line('50 logins', busy);
  console.log(
    `${logins} logins, ${refused} refused; p99 times ${(busy.p99 / quiet.p99).toFixed(2)}, memory + ${(busy.memory - quiet.memory).toFixed(0)} MB`,
  );
  process.exitCode = busy.p99 < 3 * quiet.p99 && busy.memory < quiet.memory + 100 ? 0 : 1;
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
  const hash = await hashPassword(PASSWORD, { minLength: 12, email: 'nobody@example.com' });
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

function emailOf(n) {
  return `user${n}@example.com`;
}
