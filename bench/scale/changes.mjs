// What it costs to tell of changes: NOTIFY in PostgreSQL, and the streams in a process of ours.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { userId } from '../harness/data.mjs';
import { documents } from '../harness/documents.mjs';
import { COLLECTOR } from './fill.mjs';
import { connected, processorTimeOf } from './postgres.mjs';

/** Seconds that each load is kept up. */
const SECONDS = 5;

/** Changes of tasks per second, and what each takes of PostgreSQL's processor time, while this many connections listen. */
export async function measureNotify(url, listeners) {
  const admin = await connected(url);
  const listening = [];
  for (let n = 0; n < listeners; n++) {
    const client = await connected(url);
    await client.query('LISTEN changes');
    listening.push(client);
  }
  const writers = await Promise.all([0, 1, 2, 3].map(() => connected(url)));
  const ids = await someTasks(admin);
  let changes = 0;
  try {
    const write = async (seconds) => {
      const end = performance.now() + 1000 * seconds;
      const busy = writers.map(async (writer, place) => {
        for (let turn = place; performance.now() < end; turn += writers.length, changes++)
          await change(writer, ids[turn % ids.length]);
      });
      await Promise.all(busy);
    };
    await write(1);
    changes = 0;
    const spent = await processorTimeOf(admin, () => write(SECONDS));
    return { perSecond: changes / SECONDS, each: spent / changes };
  } finally {
    await Promise.all([...listening, ...writers, admin].map((client) => client.end()));
  }
}

/** What streams of as many users cost the process that holds them: memory, idling, and each change that none of them wants. */
export async function measureStreams({ server, client, headersOf }, count, perSecond = 200) {
  const ids = await someTasks(client);
  const changesCost = async () => {
    const before = server.processor();
    for (let tenth = 0; tenth < 10 * SECONDS; tenth++) {
      const started = performance.now();
      for (let n = 0; n < perSecond / 10; n++) await change(client, ids[n]);
      await sleep(Math.max(0, 100 - (performance.now() - started)));
    }
    return server.processor() - before;
  };
  const idleCost = async () => {
    const before = server.processor();
    await sleep(1000 * SECONDS);
    return server.processor() - before;
  };
  // Nobody has to wait for the disk: it is the server that is measured.
  await client.query('SET synchronous_commit = off');
  await changesCost();
  const without = { memory: server.memory(), idle: await idleCost(), busy: await changesCost() };
  const close = await openStreams(server.url, count, headersOf);
  await sleep(5000);
  const withThem = { memory: server.memory(), idle: await idleCost(), busy: await changesCost() };
  close();
  const changes = perSecond * SECONDS;
  return {
    kilobytes: ((withThem.memory - without.memory) * 1000) / count,
    idle: (withThem.idle - without.idle) / SECONDS / 1000,
    change: (without.busy - without.idle) / changes,
    changeWith: (withThem.busy - withThem.idle) / changes,
  };
}

async function openStreams(url, count, headersOf) {
  const agent = new Agent({ keepAlive: true });
  const open = [];
  for (let n = 0; n < count; n++) open.push(await openStream(url, agent, await headersOf(1000 + n)));
  return () => {
    for (const stream of open) stream.destroy();
  };
}

function openStream(url, agent, headers) {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      agent,
      method: 'POST',
      headers: {
        ...headers,
        accept: 'text/event-stream',
        'content-type': 'application/json',
        'x-forwarded-proto': 'https',
      },
    });
    sent.on('response', (response) => {
      sent.on('error', () => {});
      response.on('error', () => {}).resume();
      if (response.statusCode === 200) resolve(sent);
      else reject(new Error(`A stream was answered with ${response.statusCode}.`));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ query: documents.taskChanged }));
  });
}

const change = (client, id) =>
  client.query({
    name: 'change',
    text: 'UPDATE "Task" SET "updatedAt" = clock_timestamp() WHERE id = $1',
    values: [id],
  });

async function someTasks(client) {
  const { rows } = await client.query('SELECT id FROM "Task" WHERE "ownerId" = $1 LIMIT 1000', [userId(COLLECTOR)]);
  return rows.map(({ id }) => id);
}
