// What one user feels while another sends the worst that is allowed as fast as the server lets them: the 99th percentile of `me`,
// beside that of a quiet server; the same for somebody anonymous, for sign-ups, and for 1,000 open streams.
// npm run build && node bench/neighbour.mjs        (TEST_DATABASE_URL=postgres://... for PostgreSQL)
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createHashing } from '../dist/auth/hashing.js';
import { createAsker, LOGIN, quantile, startServer } from './server.mjs';

/** Of whoever sends without pause. */
const CONNECTIONS = 50;
const STREAMS = 1000;
/** Times a second that the other user asks, whether or not the answer before has come. */
const RATE = 20;
/** Quiet and busy take turns, so that what else the machine does meets both. */
const ROUNDS = 2;
const SECONDS = 5;
const MOST = 5;
const USERS = 100;
const PASSWORD = 'correct horse battery staple';
const ME = '{ me { id email } }';

/** Of the documents that test/tasks/limits/worst.test.ts finds, one that costs nearly all that it may. */
const WORST = `{ tasks(first: 100, orderBy: { field: TITLE }) { totalCount nodes { id title description status dueAt createdAt updatedAt
  owner { id email name role createdAt } viewerCan { update delete setOwner } } } }`;
/** Nobody anonymous reaches a list: as many tokens as a document may have, to be parsed and validated, for each time it is another. */
const anonymous = () => `{ viewer { ${'id '.repeat(985)} } n${Math.floor(Math.random() * 1e9)}: __typename }`;
const SIGNUP = 'mutation ($input: SignupInput!) { signup(input: $input) { accessToken } }';

const BUSY = {
  'one user': async (url) => {
    const headers = await signIn(url, 1, '10.0.1.1');
    return repeat(url, () => [WORST, {}, headers]);
  },
  anonymous: async (url) => repeat(url, () => [anonymous(), {}, { 'x-forwarded-for': '10.0.1.2' }]),
  'sign-ups': async (url) => repeat(url, (n) => [SIGNUP, { input: newcomer() }, { 'x-forwarded-for': `10.0.2.${n}` }]),
  streams: openStreams,
};

if (process.argv[2]) await obey(BUSY[process.argv[2]], process.argv[3]);
else await main();

async function main() {
  const results = [];
  for (const name of Object.keys(BUSY)) results.push(await measure(name));
  process.exitCode = results.every((isBound) => isBound) ? 0 : 1;
}

/** Whether the bound holds, on a server of its own. */
async function measure(name) {
  const server = await startServer(seed);
  const other = fork(fileURLToPath(import.meta.url), [name, server.url]);
  const tell = async (what) => {
    other.send(what);
    return (await once(other, 'message'))[0];
  };
  try {
    const reader = { free: [], headers: await signIn(server.url, 0, '10.0.0.1') };
    await observe(server.url, reader);
    const [quiet, busy] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      quiet.push(...(await observe(server.url, reader)));
      await tell('start');
      busy.push(...(await observe(server.url, reader)));
      console.error(await tell('stop'));
    }
    const [before, after] = [quiet, busy].map((times) => [quantile(times, 0.5), quantile(times, 0.99)]);
    const times = after[1] / before[1];
    const shown = ([p50, p99]) => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
    console.log(
      `${server.storage}, ${name}: quiet ${shown(before)}; busy ${shown(after)}; p99 times ${times.toFixed(2)}`,
    );
    return times < MOST;
  } finally {
    other.disconnect();
    await server.stop();
  }
}

/** Begins to be busy, or stops, whenever it is told to; a start is answered when it has gone on for a second. */
async function obey(prepare, url) {
  const { start, stop } = await prepare(url);
  process.on('message', async (what) => {
    if (what === 'start') await start().then(() => sleep(1000));
    process.send(what === 'stop' ? await stop() : {});
  });
}

/** Sends what `next(n)` says over connection n, again and again. */
function repeat(url, next) {
  let running = null;
  let counts = {};
  const asks = Array.from({ length: CONNECTIONS }, () => createAsker(url));
  const keepAsking = async (n) => {
    while (running) {
      const { answer } = await asks[n](...next(n));
      const code = answer.errors?.[0].extensions.code ?? 'answered';
      counts[code] = (counts[code] ?? 0) + 1;
    }
  };
  return {
    async start() {
      running = {};
      running.work = Promise.all(asks.map((_, n) => keepAsking(n)));
    },
    async stop() {
      const { work } = running;
      running = null;
      await work;
      const counted = counts;
      counts = {};
      return counted;
    },
  };
}

/** As many as one user may have, of each of so many users. */
async function openStreams(url) {
  const sessions = await Promise.all(
    Array.from({ length: STREAMS / 20 }, (_, n) => signIn(url, 1 + (n % 10), `10.0.3.${n}`)),
  );
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  let open = [];
  return {
    start: async () => {
      open = await Promise.all(
        Array.from({ length: STREAMS }, (_, n) => openStream(url, agent, sessions[n % sessions.length])),
      );
    },
    stop: async () => {
      for (const response of open) response.destroy();
      return { open: open.filter(({ statusCode }) => statusCode === 200).length };
    },
  };
}

function openStream(url, agent, headers) {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'x-forwarded-proto': 'https',
        ...headers,
      },
    });
    sent.on('error', reject).on('response', (response) => resolve(response.on('error', () => {}).resume()));
    sent.end(JSON.stringify({ query: 'subscription { taskChanged { kind taskId } }' }));
  });
}

/** The milliseconds that each answer to `me` took. */
async function observe(url, { free, headers }) {
  const answers = [];
  const end = performance.now() + 1000 * SECONDS;
  for (let due = performance.now(); due < end; due += 1000 / RATE) {
    await sleep(Math.max(0, due - performance.now()));
    // Over a connection that is free, as a browser would: what waits for the answer before it would measure that.
    const ask = free.pop() ?? createAsker(url);
    answers.push(
      ask(ME, {}, headers).then(({ milliseconds, answer }) => {
        if (!answer.data?.me) throw new Error(JSON.stringify(answer.errors));
        free.push(ask);
        return milliseconds;
      }),
    );
  }
  return Promise.all(answers);
}

async function signIn(url, n, address) {
  const from = { 'x-forwarded-for': address };
  const { answer } = await createAsker(url)(LOGIN, { input: { email: emailOf(n), password: PASSWORD } }, from);
  if (!answer.data) throw new Error(JSON.stringify(answer.errors));
  return { authorization: `Bearer ${answer.data.login.accessToken}`, ...from };
}

async function seed(db) {
  const hash = await createHashing().inTurn({ whose: 'bench' }, (hasher) => hasher.hash(PASSWORD));
  const now = new Date();
  for (let n = 0; n < USERS; n++) {
    const tasks = Array.from({ length: 100 }, (_, task) => ({
      title: `Task ${task}`,
      titleFolded: `TASK ${task}`,
      description: 'x'.repeat(1000),
      createdAt: new Date(now.getTime() + task),
      updatedAt: now,
    }));
    await db.user.create({
      data: { email: emailOf(n), createdAt: now, password: { create: { hash } }, tasks: { create: tasks } },
    });
  }
}

const newcomer = () => ({ email: `new${Math.random()}@example.com`, password: PASSWORD });

function emailOf(n) {
  return `user${n}@example.com`;
}
