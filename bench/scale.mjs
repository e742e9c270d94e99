// How cost grows with users, tasks, replicas and streams. Fills two databases, one of 100 tasks and one of many, and drops them.
// npm run build && TEST_DATABASE_URL=postgres://... node bench/scale.mjs [--users 1000000] [--tasks 10000000] ...
import { parseArgs } from 'node:util';
import { fill } from './scale/fill.mjs';
import { measureAll } from './scale/measure.mjs';
import { connected, timeOf } from './scale/postgres.mjs';
import { makeStorage } from './server.mjs';

const DEFAULTS = {
  users: '1000000',
  tasks: '10000000',
  revocations: '10000',
  listeners: '0,10,50',
  streams: '1000',
};
const { values } = parseArgs({
  options: Object.fromEntries(
    Object.entries(DEFAULTS).map(([name, text]) => [name, { type: 'string', default: text }]),
  ),
});
const { listeners, users, tasks, revocations, streams } = Object.fromEntries(
  Object.entries(values).map(([name, text]) => [name, text.split(',').map(Number)]),
);

const server = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const made = [];
try {
  const small = await filled({ users: 10, tasks: 100, revocations: 1 });
  const large = await filled({ users: users[0], tasks: tasks[0], revocations: revocations[0] });
  const options = { listeners, streams: streams[0] };
  for await (const part of measureAll(small.url, large.url, large.at, options)) console.log(`\n${part}`);
} finally {
  for (const { drop } of made) await drop();
}

async function filled(sizes) {
  const { storage, drop } = await makeStorage(server, () => {});
  made.push({ drop });
  const client = await connected(storage.url);
  const at = new Date();
  const taken = await timeOf(() => fill(client, sizes, at)).finally(() => client.end());
  console.error(`${sizes.tasks} tasks of ${sizes.users} users in ${(taken / 1000).toFixed(0)} s`);
  return { url: storage.url, at };
}
