// Whether the server's memory stays flat under a mixture of everything, minute after minute, with documents of which none comes twice.
// npm run build && node bench/soak.mjs [minutes]        (TEST_DATABASE_URL=postgres://... for PostgreSQL)
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHashing } from '../dist/auth/hashing.js';
import { createAsker, quantile, startServer } from './server.mjs';

const MINUTES = Number(process.argv[2] ?? 10);
const PEOPLE = 20;
const TASKS = 40;
/** Milliseconds that each of them waits between two requests, and between two rounds of signing in. */
const PAUSE = 50;
const ROUND = 20_000;
const PASSWORD = 'correct horse battery staple';
const emailOf = (n) => `user${n}@example.com`;

const FIELDS = 'tokenType accessToken refreshToken';
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { ${FIELDS} } }`;
const REFRESH = `mutation ($input: RefreshInput!) { refresh(input: $input) { ${FIELDS} } }`;

/** The number in its names makes each document another. */
const ANSWERED = [
  (n) => `query List${n} { list${n}: tasks(first: 20) { totalCount nodes { id title owner { id email } } } }`,
  (n) => `query Found${n} { tasks(first: 5, filter: { titleContains: "${n % 100}" }) { nodes { t${n}: title } } }`,
  (n) => `query Me${n} { me { id e${n}: email tasks(first: 10) { nodes { title viewerCan { update } } } } }`,
  (n) => `query Viewer${n} { viewer { ...F${n} } } fragment F${n} on User { id name }`,
  (n) => `query Long${n} { __typename } # ${'x'.repeat(29_000)}`,
  (n) => `mutation Create${n} { createTask(input: { title: "Task ${n}" }) { id } }`,
  (n, id) => `mutation Update${n} { updateTask(id: "${id}", input: { title: "Other ${n}" }) { u${n}: title } }`,
  (n, id) => `mutation Delete${n} { d${n}: deleteTask(id: "${id}") }`,
];
const REFUSED = [
  (n) => `{ nothing${n} }`,
  (n) => `{ me { id ${n}`,
  (n) => `{ users${n}: users { nodes { email } } }`,
  (n) => `{ deep${n}: ${'me { '.repeat(200)}id${' }'.repeat(200)} }`,
  (n) => `{ dear${n}: tasks(first: 100) { nodes { owner { tasks(first: 100) { nodes { id } } } } } }`,
  (n) => `{ ${Array.from({ length: 900 }, (_, alias) => `a${n}x${alias}: tasks`).join(' ')} }`,
];

const counts = {};
let numbers = 0;
const server = await startServer(seed);
try {
  const end = performance.now() + 60_000 * MINUTES;
  const [memory] = await Promise.all([
    watch(end),
    ...Array.from({ length: PEOPLE }, (_, n) => useIt(n, end)),
    ...Array.from({ length: PEOPLE }, (_, n) => openAndDrop(n, end)),
  ]);
  report(memory);
} finally {
  await server.stop();
}

/** Somebody who goes on until the end, one request after another, and now and then signs out and in again. */
async function useIt(person, end) {
  const ask = createAsker(server.url);
  while (performance.now() < end) {
    const address = { 'x-forwarded-for': `10.0.${person}.1` };
    const input = { email: emailOf(person), password: PASSWORD };
    await asked(ask, LOGIN, { input: { ...input, password: 'wrong' } }, address);
    let tokens = (await asked(ask, LOGIN, { input }, address)).login;
    let headers = { ...address, authorization: `Bearer ${tokens.accessToken}` };
    const round = performance.now() + ROUND;
    while (performance.now() < Math.min(round, end)) {
      let task = null;
      for (const write of ANSWERED) {
        const data = await asked(ask, write(nextNumber(), task), {}, headers);
        task = data.createTask?.id ?? task;
        await sleep(PAUSE);
      }
      for (const write of REFUSED) {
        await asked(ask, write(nextNumber()), {}, headers);
        await sleep(PAUSE);
      }
      tokens = (await asked(ask, REFRESH, { input: { refreshToken: tokens.refreshToken } }, address)).refresh;
      headers = { ...headers, authorization: `Bearer ${tokens.accessToken}` };
    }
    await asked(ask, 'mutation { logout }', {}, headers);
  }
}

/** Counts the answer under its code; what is wrong with the server ends the run. */
async function asked(ask, query, variables, headers) {
  const { answer } = await ask(query, variables, headers);
  const code = answer.errors?.[0].extensions.code ?? 'answered';
  counts[code] = (counts[code] ?? 0) + 1;
  if (/INTERNAL|UNAVAILABLE|RATE_LIMITED/.test(code)) throw new Error(`${JSON.stringify(answer)} to ${query}`);
  return answer.data ?? {};
}

/** Streams of somebody, one after another: each is dropped once it is open and something may have been told on it. */
async function openAndDrop(person, end) {
  const address = { 'x-forwarded-for': `10.0.${person}.2` };
  const input = { email: emailOf(person), password: PASSWORD };
  while (performance.now() < end) {
    const { login } = await asked(createAsker(server.url), LOGIN, { input }, address);
    const round = performance.now() + ROUND;
    while (performance.now() < Math.min(round, end)) {
      const headers = { ...address, authorization: `Bearer ${login.accessToken}`, accept: 'text/event-stream' };
      await dropped(`subscription S${nextNumber()} { taskChanged { kind task { title } } }`, headers);
      counts.streams = (counts.streams ?? 0) + 1;
    }
  }
}

function dropped(query, headers) {
  return new Promise((resolve, reject) => {
    const type = { 'content-type': 'application/json', 'x-forwarded-proto': 'https' };
    const sent = request(server.url, { method: 'POST', headers: { ...type, ...headers } });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      response.resume().on('error', () => {});
      if (response.statusCode !== 200) reject(new Error(`A stream is answered with ${response.statusCode}.`));
      await sleep(PAUSE * 4);
      resolve();
      sent.destroy();
    });
    sent.end(JSON.stringify({ query }));
  });
}

/** The server's memory, each second, in tenths of the time. */
async function watch(end) {
  const start = performance.now();
  const tenths = Array.from({ length: 10 }, () => []);
  for (;;) {
    await sleep(1000);
    const now = performance.now();
    if (now >= end) return tenths;
    tenths[Math.floor((10 * (now - start)) / (end - start))].push(server.memory());
  }
}

function report(tenths) {
  const medians = tenths.map((memory) => quantile(memory, 0.5));
  const [, base, ...later] = medians;
  const growth = Math.max(...later) / base;
  console.log(`${server.storage}: ${MINUTES} minutes, ${numbers} documents, each another`);
  console.log(
    `answers: ${Object.entries(counts)
      .map(([code, count]) => `${count} ${code}`)
      .join(', ')}`,
  );
  console.log(`MB, the median of each tenth: ${medians.map((memory) => memory.toFixed(0)).join(' ')}`);
  console.log(`after the first tenth at most times ${growth.toFixed(3)}`);
  process.exitCode = growth <= 1.1 ? 0 : 1;
}

function nextNumber() {
  numbers += 1;
  return numbers;
}

async function seed(db) {
  const hash = await createHashing().inTurn((turn) => turn.hash(PASSWORD));
  const now = new Date();
  for (let n = 0; n < PEOPLE; n++) {
    const tasks = Array.from({ length: TASKS }, (_, task) => ({
      ...{ title: `Task ${task}`, titleFolded: `TASK ${task}`, createdAt: now, updatedAt: now },
    }));
    const user = { email: emailOf(n), createdAt: now, password: { create: { hash } }, tasks: { create: tasks } };
    await db.user.create({ data: user });
  }
}
