// Many users, tasks and sessions, put in by SQL. Ids follow from numbers, as in harness/data.mjs.
import { SESSION, sqlId, TASK, USER } from '../harness/data.mjs';

/** Has 100 tasks whatever the size, scattered among everybody else's. */
export const READER = 1;
/** Has a hundredth of all tasks; so have the four after. */
export const COLLECTOR = 2;
const COLLECTORS = 5;
/** Milliseconds in which the revocations happened: as long as the feed looks back, with tokens of 15 minutes. */
const HORIZON = 930_000;

/**
 * Fills a migrated database; the user of the connection must be a superuser. `revocations` of the sessions ended within the horizon
 * before `now`, and a tenth of all so long ago that pruning removes them.
 */
export async function fill(client, { users, tasks, revocations }, now) {
  // Tells nobody of each row, and checks no foreign key: what is put in is right.
  await client.query('SET session_replication_role = replica');
  await client.query("SET maintenance_work_mem = '1GB'");
  const { rows: indexes } = await client.query(
    "SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename IN ('User', 'Task', 'Session') AND indexname NOT LIKE '%_pkey'",
  );
  for (const { name } of indexes) await client.query(`DROP INDEX "${name}"`);
  for (const statement of statements({ users, tasks })) await client.query(statement);
  for (const { definition } of indexes) await client.query(definition);
  await client.query('SET session_replication_role = DEFAULT');
  await client.query(revoking(revocations), [now.toISOString()]);
  await client.query('VACUUM (ANALYZE)');
  await client.query('CHECKPOINT');
}

const statements = ({ users, tasks }) => [
  `INSERT INTO "User"(id, email, name, role, "createdAt")
   SELECT ${sqlId(USER, 'n')}, 'user' || n || '@example.com', (ARRAY['Ann', 'Bob', 'Cleo', 'Dan', 'Eve'])[1 + n % 5] || ' ' || md5(n::text),
     (CASE n WHEN 0 THEN 'ADMIN' ELSE 'USER' END)::"Role", timestamptz '2024-01-01' + n * interval '1 minute'
   FROM generate_series(0, ${users - 1}) n`,
  `INSERT INTO "Task"(id, title, "titleFolded", description, status, "dueAt", "createdAt", "updatedAt", "ownerId")
   SELECT ${sqlId(TASK, 'n')}, title, upper(title), CASE WHEN n % 2 = 0 THEN repeat('description ', 5) END, status::"TaskStatus",
     CASE WHEN turn % 2 = 0 THEN timestamptz '2030-01-01' + turn * interval '1 minute' END, created, created + interval '1 day',
     ${sqlId(USER, 'owner')}
   FROM generate_series(0, ${tasks - 1}) n, LATERAL (SELECT n / 100 AS turn) turned, LATERAL (SELECT
     (ARRAY['Buy milk', 'Write the report', 'Call Ann', 'Fix the parser', 'Review'])[1 + turn % 5] || ' number ' || n AS title,
     CASE WHEN turn % 1000 = 7 THEN 'DONE' WHEN turn % 3 = 0 THEN 'IN_PROGRESS' ELSE 'TODO' END AS status,
     timestamptz '2024-01-01' + n * interval '6 seconds' AS created,
     CASE WHEN n % ${tasks / 100} = 0 THEN ${READER}
       WHEN n % 100 BETWEEN 1 AND ${COLLECTORS} THEN ${COLLECTOR - 1} + n % 100
       ELSE ${COLLECTOR + COLLECTORS} + n % ${users - COLLECTOR - COLLECTORS} END AS owner) made`,
  // A tenth ended long ago, the rest is alive.
  `INSERT INTO "Session"(id, "userId", "createdAt", "lastUsedAt", "idleExpiresAt", "absoluteExpiresAt", "endedAt", "endReason")
   SELECT ${sqlId(SESSION, 'n')}, ${sqlId(USER, 'n')}, used, used, used + interval '7 days', used + interval '30 days', ended,
     CASE WHEN ended IS NOT NULL THEN 'LOGOUT' END::"SessionEnd"
   FROM generate_series(0, ${users - 1}) n,
     LATERAL (SELECT CASE WHEN n % 10 = 9 THEN now() - interval '40 days' END AS ended) done,
     LATERAL (SELECT coalesce(ended, now()) - n * interval '1 day' / ${users} AS used) begun`,
];

/** Spread over the horizon. With all triggers on, whatever they make of it. */
const revoking = (revocations) => `
  UPDATE "Session" SET "endReason" = 'LOGOUT', "endedAt" = $1::timestamptz - place * interval '${HORIZON / revocations} milliseconds'
  FROM (SELECT id AS ended, row_number() OVER () AS place FROM "Session" WHERE "endedAt" IS NULL LIMIT ${revocations}) alive
  WHERE id = ended`;
