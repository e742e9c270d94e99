import { isDriverAdapterError, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { Database } from '../database.ts';
import { migrationList, NO_FILTERS, withEngine } from './engine.ts';
import { type Folder, hasChecksum, PRISMA, readFolder } from './folder.ts';

/** Brings the database up to date and names what it applied; of several processes that start at once, one does it. */
export async function migrate(database: Database, prisma = PRISMA): Promise<string[]> {
  const folder = readFolder(prisma);
  return withConnection(database, async (connection) => {
    const history = await readHistory(connection);
    refuseOtherHistory(folder, history);
    const done = new Set(history.filter((row) => row.finished).map((row) => row.name));
    if (folder.migrations.every(({ name }) => done.has(name))) return [];
    return apply(connection, folder);
  });
}

/** Ends the failed state of a migration: either the next `migrate` tries it again, or it counts as applied. */
export async function resolveMigration(
  database: Database,
  name: string,
  as: Resolution,
  prisma = PRISMA,
): Promise<void> {
  const migrationsList = migrationList(readFolder(prisma));
  await withConnection(database, (connection) =>
    withEngine(connection, '', async (engine) => {
      if (as === 'applied') await engine.markMigrationApplied({ migrationName: name, migrationsList });
      else await engine.markMigrationRolledBack({ migrationName: name });
    }),
  );
}

async function apply(connection: SqlDriverAdapter, folder: Folder): Promise<string[]> {
  const input = { migrationsList: migrationList(folder), filters: NO_FILTERS };
  // The engine has a lock of its own, but gives up after ten seconds, which another replica's migration may well take.
  await connection.executeScript(`SELECT pg_advisory_lock(${LOCK})`);
  try {
    return await withEngine(
      connection,
      '',
      async (engine) => (await engine.applyMigrations(input)).appliedMigrationNames,
    );
  } catch (error) {
    // Not before we had the lock: until then, an unfinished row was another process at work.
    const failed = (await readHistory(connection)).find((row) => !row.finished);
    throw failed ? new Error(failure(failed), { cause: error }) : error;
  }
}

// One query, since this is all that most starts need: the engine takes its time and some 50 MB.
async function readHistory(connection: SqlDriverAdapter): Promise<Applied[]> {
  try {
    const { rows } = await connection.queryRaw({ sql: HISTORY, args: [], argTypes: [] });
    return rows.map(([name, checksum, finished, logs]) => ({ name, checksum, finished, logs }) as Applied);
  } catch (error) {
    if (isDriverAdapterError(error) && error.cause.kind === 'TableDoesNotExist') return [];
    throw error;
  }
}

async function withConnection<T>(database: Database, use: (connection: SqlDriverAdapter) => Promise<T>): Promise<T> {
  const connection = await database.connectToMigrate();
  try {
    return await use(connection);
  } finally {
    await connection.dispose(); // and with the connection the locks
  }
}

function refuseOtherHistory(folder: Folder, history: Applied[]): void {
  const sqlOf = new Map(folder.migrations.map(({ name, sql }) => [name, sql]));
  const unknown = history.filter((row) => !sqlOf.has(row.name)).map((row) => row.name);
  const edited = history
    .filter((row) => row.finished && !hasChecksum(sqlOf.get(row.name) ?? '', row.checksum))
    .map((row) => row.name);
  if (unknown.length > 0) {
    throw new Error(`The database has migrations that ${folder.directory} lacks: ${unknown.join(', ')}.
Start the version of the code that has them, or restore a backup from before they were applied.`);
  }
  if (edited.length > 0) {
    throw new Error(`These migrations were changed after they had been applied: ${edited.join(', ')}.
Put back the files as they were, and make the change in a new migration.`);
  }
}

const failure = ({ name, logs }: Applied) => `Migration ${name} failed:
${reason(logs)}
A migration without a COMMIT of its own leaves nothing behind when it fails. Put right its SQL or the data it stumbled on, then run
  npm run migrate -- rolled-back ${name}
to have it applied again. If you have made all of its changes by hand, run instead
  npm run migrate -- applied ${name}`;

// The engine appends where in its own source it was.
const reason = (logs: string | null) =>
  logs?.replace(/^ +\d+: [\s\S]*/m, '').trim() || 'the process that applied it ended before it was done.';

const LOCK = 7_051_979;
const HISTORY = `SELECT migration_name, checksum, finished_at IS NOT NULL, logs
  FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`;

type Resolution = 'rolled-back' | 'applied';

interface Applied {
  name: string;
  checksum: string;
  finished: boolean;
  logs: string | null;
}
