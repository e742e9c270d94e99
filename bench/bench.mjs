// Latchkey beside the limit, and beside what one might take in its place: the same requests over the same rows, in turns.
// npm run bench -- [--only tasks,me] [--servers limit,latchkey] [--connections 16] [--rounds 5] [--seconds 5] [--to bench]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions } from './harness/options.mjs';
import { startSender } from './harness/sender.mjs';
import { prepareServers } from './harness/servers.mjs';
import { takeTurn } from './harness/turn.mjs';
import { chart } from './report/chart.mjs';
import { summarise } from './report/results.mjs';
import { tables } from './report/tables.mjs';

const options = readOptions(process.argv.slice(2));
const databaseServer = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const servers = await prepareServers(options.servers, databaseServer);
const senders = { load: startSender('./peers/load.mjs'), fanOut: startSender('./harness/fan-out.mjs') };
try {
  const turns = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const server of options.servers) {
      console.error(`round ${round} of ${options.rounds}: ${server}`);
      turns.push({ server, ...(await takeTurn(server, { servers, senders, options })) });
    }
  }
  const results = summarise(turns, options);
  const { connections } = options;
  writeFileSync(join(options.to, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(options.to, 'chart.svg'), chart(results, connections.includes(16) ? 16 : connections[0]));
  console.log(tables(results));
} finally {
  for (const sender of Object.values(senders)) sender.stop();
  await servers.drop();
}
