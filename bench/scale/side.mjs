// A filled database with the real server over it, as a process of its own, and the same app in this process, to see its statements.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import pg from 'pg';
import { createApp } from '../../dist/app.js';
import { parseConfig } from '../../dist/config/config.js';
import { openDatabase } from '../../dist/db/database.js';
import { createLog } from '../../dist/log.js';
import { userId } from '../harness/data.mjs';
import { tokensWith } from '../harness/servers.mjs';
import { BEHIND_A_PROXY, createAsker, LATCHKEY, newSecret, quantile, spawnServer } from '../server.mjs';

/** Opens what is measured; `stop` ends all of it but the database. */
export async function openSide(url) {
  const secret = newSecret();
  const env = { ...BEHIND_A_PROXY, DATABASE_URL: url, JWT_SECRET: secret };
  const tokens = await tokensWith(secret);
  const server = await spawnServer(LATCHKEY, env);
  const inside = await appInside({ NODE_ENV: 'production', ...env });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const headersOf = async (user) => {
    const rights = { role: user === 0 ? 'ADMIN' : 'USER', rightsVersion: 0 };
    const now = new Date();
    // Of a session that is not in the database, and so not among those that ended.
    const session = { id: randomUUID(), generation: 0, idleExpiresAt: new Date(now.getTime() + 86_400_000) };
    const { accessToken } = await tokens.issue(session, { id: userId(user), ...rights }, now);
    return { authorization: `Bearer ${accessToken}` };
  };
  const ask = createAsker(server.url);

  return {
    url,
    client,
    server,
    headersOf,
    /** Ready to be asked over and over. */
    async reader({ asker, document, variables = () => ({}) }) {
      const [given, headers] = await Promise.all([variables(client), headersOf(asker)]);
      return async (through = ask) => {
        const { answer, milliseconds } = await through(document, given, headers);
        assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
        return milliseconds;
      };
    },
    /** What the statements of one asking take of the database. */
    async statementsOf(read) {
      const sent = await inside.sentBy(() => read(inside.ask));
      const plans = [];
      for (const { text, values } of sent) plans.push(await planOf(client, text, values));
      return {
        milliseconds: plans.reduce((sum, plan) => sum + plan.milliseconds, 0),
        pages: plans.reduce((sum, plan) => sum + plan.pages, 0),
      };
    },
    async stop() {
      await client.end();
      await inside.stop();
      await server.stop();
    },
  };
}

/** The reads as rows of a table, each asked of all sides in turns, so that what else the machine does meets them alike. */
export async function measureReads(reads, sides, atMost = 600) {
  const measured = [];
  for (const read of reads) {
    const readers = await Promise.all(sides.map((side) => side.reader(read)));
    const times = sides.map(() => []);
    const end = performance.now() + SECONDS * 1000 * sides.length;
    // Named statements get their final plan with the sixth use.
    for (let turn = 0; turn < atMost && (turn < 10 || performance.now() < end); turn++) {
      for (const [place, ask] of readers.entries()) times[place].push(await ask());
    }
    const results = [];
    for (const [place, side] of sides.entries()) {
      const settled = times[place].slice(times[place].length > 50 ? 30 : 6);
      // The fastest tenth: whatever else the machine does only adds to it.
      results.push({ best: quantile(settled, 0.1), ...(await side.statementsOf(readers[place])) });
    }
    measured.push({ what: read.what, results });
  }
  return measured;
}

/** That one read is asked of one side at most. */
const SECONDS = 4;

async function appInside(env) {
  const config = parseConfig(env);
  const database = await openDatabase(config.storage);
  const log = createLog('warn', false);
  // Without hashing: nobody signs in here.
  const app = await createApp({ config, database, log, now: () => new Date(), secrets: config.jwtSecrets });
  const server = createServer(app.listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  return {
    ask: createAsker(`http://127.0.0.1:${server.address().port}/graphql`),
    sentBy: recording,
    async stop() {
      server.close();
      server.closeAllConnections();
      await app.close();
      await database.close();
    },
  };
}

/** The hot reads and the searches that the driver is given meanwhile; what the app reads by itself is neither. */
async function recording(work) {
  const { query } = pg.Client.prototype;
  const sent = [];
  pg.Client.prototype.query = function (...args) {
    if (args[0]?.name?.startsWith('rows_') || args[0]?.text?.includes('ILIKE'))
      sent.push({ text: args[0].text, values: args[0].values });
    return query.apply(this, args);
  };
  try {
    await work();
    return sent;
  } finally {
    pg.Client.prototype.query = query;
  }
}

async function planOf(client, text, values) {
  const runs = [];
  for (let run = 0; run < 3; run++) {
    const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`, values);
    runs.push(rows[0]['QUERY PLAN'][0]);
  }
  const { Plan: plan } = runs[2];
  return {
    milliseconds: quantile(
      runs.map((run) => run['Execution Time']),
      0.5,
    ),
    pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
  };
}
