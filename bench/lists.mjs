// What lists cost the database: 100,000 tasks of one user among as many of others, every order, filter and depth, counts included.
// npm run build && TEST_DATABASE_URL=postgres://... node bench/lists.mjs [--plans]
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { reachBy } from '../dist/access/reach.js';
import { rules } from '../dist/access/rules.js';
import { openDatabase } from '../dist/db/database.js';
import { migrate } from '../dist/db/migrations/migrate.js';
import { taskPages } from '../dist/tasks/list.js';

const MIDDLES = {
  createdAt: '2026-02-10T00:00:00.000Z',
  updatedAt: '2026-06-01T08:00:00.000Z',
  dueAt: '2030-02-05T00:00:00.000Z',
  titleFolded: 'FIX THE PARSER NUMBER 50003',
};
const FILTERS = {
  'no filter': {},
  'one rare status': { status: ['DONE'] },
  'two statuses': { status: ['TODO', 'DONE'] },
  'status of none': { status: [] },
  'a title of one task': { titleContains: 'number 77777' },
  'a title of none': { titleContains: 'zebra' },
  'a title of all': { titleContains: 'E' },
  'due in one day': { dueAfter: new Date('2030-02-01'), dueBefore: new Date('2030-02-02') },
  'all at once': { status: ['TODO', 'IN_PROGRESS'], titleContains: 'milk', dueAfter: new Date('2030-02-01') },
};

const server = process.env.TEST_DATABASE_URL;
if (!server) throw new Error('TEST_DATABASE_URL names no server.');
const name = `latchkey_bench_${randomUUID().slice(0, 8)}`;
const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;

await withClient(server, (admin) => admin.query(`CREATE DATABASE ${name}`));
const database = await openDatabase({ kind: 'server', url });
try {
  await migrate(database);
  await withClient(url, async (client) => {
    const owner = await fill(client);
    const worst = await measureAll(client, owner);
    console.log(`\nThe slowest took ${worst.toFixed(1)} ms of the database's time.`);
    process.exitCode = worst > 30 ? 1 : 0;
  });
} finally {
  await database.close();
  await withClient(server, (admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));
}

/** As the rule of Task has it, for somebody who is no admin. */
function reachOf(id) {
  return reachBy('Task', ['OWNER', 'ADMIN'], { owner: 'ownerId' }, rules, { id, role: 'USER' });
}

async function measureAll(client, owner) {
  let worst = 0;
  for (const [filterName, filter] of Object.entries(FILTERS)) {
    for (const field of ['CREATED_AT', 'UPDATED_AT', 'DUE_AT', 'TITLE']) {
      for (const direction of ['ASC', 'DESC']) {
        const list = { filter, orderBy: { field, direction } };
        const cursor = await middleOf(owner, list);
        for (const [place, args] of Object.entries({
          start: { first: 20 },
          end: { last: 20 },
          ...(cursor && { after: { first: 100, after: cursor }, before: { last: 100, before: cursor } }),
        })) {
          const sql = await sqlOf(() => taskPages(database.db, reachOf(owner), [owner], { ...list, ...args }));
          worst = Math.max(worst, await report(client, `${filterName}, ${field} ${direction}, ${place}`, sql));
        }
      }
    }
    const count = await sqlOf(
      async () => (await taskPages(database.db, reachOf(owner), [owner], { filter }))(owner).totalCount(),
      1,
    );
    worst = Math.max(worst, await report(client, `${filterName}, totalCount`, count));
  }
  return worst;
}

/** A cursor half-way into the list, made up from one that the list gave out. */
async function middleOf(owner, list) {
  const [edge] = (await taskPages(database.db, reachOf(owner), [owner], list))(owner).edges;
  if (!edge) return null;
  const [kind, field, , id] = JSON.parse(Buffer.from(edge.cursor(), 'base64url'));
  return Buffer.from(JSON.stringify([kind, field, MIDDLES[field], id])).toString('base64url');
}

async function report(client, what, { text, values }) {
  const runs = [];
  for (let run = 0; run < 3; run++) {
    const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`, values);
    runs.push(rows[0]['QUERY PLAN'][0]);
  }
  const [, median] = [...runs].sort((a, b) => timeOf(a) - timeOf(b));
  console.log(`${timeOf(median).toFixed(1).padStart(6)} ms  ${what}  ${[...scansOf(median.Plan)].join(', ')}`);
  if (process.argv.includes('--plans')) {
    const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) ${text}`, values);
    console.log(rows.map((row) => `           ${row['QUERY PLAN']}`).join('\n'));
  }
  return timeOf(median);
}

function timeOf(plan) {
  return plan['Planning Time'] + plan['Execution Time'];
}

function* scansOf(plan) {
  if (/Scan$/.test(plan['Node Type']) && plan['Relation Name'] === 'Task') {
    yield `${plan['Node Type']}${plan['Index Name'] ? ` ${plan['Index Name']}` : ''}`;
  }
  for (const child of plan.Plans ?? []) yield* scansOf(child);
}

/** The statement that the work sends, as Prisma sends it: the one after `skip` others. */
async function sqlOf(work, skip = 0) {
  const { query } = pg.Client.prototype;
  const sent = [];
  pg.Client.prototype.query = function (...args) {
    sent.push({ text: args[0].text ?? args[0], values: args[0].values ?? args[1] });
    return query.apply(this, args);
  };
  try {
    await work();
  } finally {
    pg.Client.prototype.query = query;
  }
  return sent[skip];
}

async function fill(client) {
  const owner = randomUUID();
  await client.query(
    `INSERT INTO "User"(id, email, "createdAt") SELECT gen_random_uuid(), 'user' || n || '@example.com', now() FROM generate_series(1, 1000) n`,
  );
  await client.query(`INSERT INTO "User"(id, email, "createdAt") VALUES ($1, 'many@example.com', now())`, [owner]);
  const columns = '(id, title, "titleFolded", description, status, "dueAt", "createdAt", "updatedAt", "ownerId")';
  // One in a thousand is done; half have no due date; a third were created in one instant, all changed in one of a thousand.
  await client.query(
    `INSERT INTO "Task"${columns}
     SELECT gen_random_uuid(), title, upper(title), repeat('description ', 20), status::"TaskStatus", due, created, changed, $1
     FROM generate_series(1, 100000) n, LATERAL (SELECT
       (ARRAY['Buy milk', 'Write the report', 'Call Ann', 'Fix the parser', 'Review']) [1 + n % 5] || ' number ' || n AS title,
       CASE WHEN n % 1000 = 7 THEN 'DONE' WHEN n % 3 = 0 THEN 'IN_PROGRESS' ELSE 'TODO' END AS status,
       CASE WHEN n % 2 = 0 THEN timestamptz '2030-01-01' + n * interval '1 minute' END AS due,
       timestamptz '2026-01-01' + greatest(n, 33333) * interval '1 minute' AS created,
       timestamptz '2026-06-01' + n % 1000 * interval '1 minute' AS changed) AS made
     ORDER BY md5(n::text)`,
    [owner],
  );
  await client.query(
    `INSERT INTO "Task"${columns}
     SELECT gen_random_uuid(), 'Task ' || n, 'TASK ' || n, NULL, 'TODO', NULL, now(), now(), id
     FROM "User", generate_series(1, 100) n WHERE email <> 'many@example.com'`,
  );
  await client.query('VACUUM ANALYZE');
  return owner;
}

async function withClient(connectionString, work) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
