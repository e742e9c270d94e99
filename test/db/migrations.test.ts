import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Database, embeddedDatabase } from '../../src/db/database.ts';
import { type Embedded, openInMemory } from '../../src/db/embedded.ts';
import * as engine from '../../src/db/migrations/engine.ts';
import { migrate, resolveMigration } from '../../src/db/migrations/migrate.ts';
import { createMigration } from '../../src/db/migrations/write.ts';
import { built } from '../kit/built.ts';
import { emptyDirectory } from '../kit/directory.ts';
import { databaseOnServer, serverUrl } from '../kit/postgres.ts';
import { startScript } from '../kit/process.ts';

let prisma: string;
let embedded: Embedded;
beforeAll(async () => {
  embedded = await openInMemory();
  return embedded.close;
}, 30_000);
beforeEach(() => {
  prisma = emptyDirectory();
  writeMigration('1_first', 'CREATE TABLE first (id int PRIMARY KEY);');
  writeMigration('2_second', `INSERT INTO first VALUES (1); CREATE TABLE second (note text DEFAULT 'a;b');`);
});
afterEach(() => void vi.restoreAllMocks());

const storages: [string, () => Promise<Database>][] = [['embedded storage', emptied]];
if (serverUrl) storages.push(['a server', databaseOnServer]);
else
  console.warn('SKIPPED: migrations on a PostgreSQL server, for neither TEST_SERVER nor TEST_DATABASE_URL names one.');

describe.each(storages)('on %s', (_name, open) => {
  let database: Database;
  beforeEach(async () => {
    database = await open();
  });
  afterEach(() => database.close());

  test('pending migrations are applied in order and named, once', async () => {
    expect(await migrate(database, prisma)).toEqual(['1_first', '2_second']);
    expect(await migrate(database, prisma)).toEqual([]);
    writeMigration('3_third', 'CREATE TABLE third (id int);');
    expect(await migrate(database, prisma)).toEqual(['3_third']);
    expect(await count(database, 'first')).toBe(1);
  });

  test('nothing pending does not load the engine', async () => {
    await migrate(database, prisma);
    const load = vi.spyOn(engine, 'withEngine');
    expect(await migrate(database, prisma)).toEqual([]);
    expect(load).not.toHaveBeenCalled();
  });

  test('a function body and its semicolons arrive whole', async () => {
    writeMigration(
      '3_body',
      `CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 2; END; $$;`,
    );
    await migrate(database, prisma);
    expect(await database.db.$queryRaw`SELECT two()`).toEqual([{ two: 2 }]);
  });

  test('a failing migration stops with its name, the reason and what to do, and leaves nothing of itself', async () => {
    writeMigration('3_bad', 'CREATE TABLE half (id int); INSERT INTO nowhere VALUES (1);');
    const failing = expect.stringMatching(
      /^Migration 3_bad failed:[\s\S]*No such table: nowhere\nA migration without[\s\S]*npm run migrate -- rolled-back 3_bad/,
    );
    await expect(migrate(database, prisma)).rejects.toMatchObject({ message: failing });
    expect(await count(database, 'second')).toBe(0);
    await expect(count(database, 'half')).rejects.toThrow();
    await expect(migrate(database, prisma)).rejects.toMatchObject({ message: failing });
  });

  test('a failed migration runs again once it is marked as rolled back', async () => {
    writeMigration('3_bad', 'INSERT INTO nowhere VALUES (1);');
    await expect(migrate(database, prisma)).rejects.toThrow('3_bad');
    writeMigration('3_bad', 'CREATE TABLE nowhere (id int);');
    await resolveMigration(database, '3_bad', 'rolled-back', prisma);
    expect(await migrate(database, prisma)).toEqual(['3_bad']);
  });

  test('a failed migration that was finished by hand can be marked as applied', async () => {
    writeMigration('3_bad', 'INSERT INTO nowhere VALUES (1);');
    await expect(migrate(database, prisma)).rejects.toThrow('3_bad');
    await resolveMigration(database, '3_bad', 'applied', prisma);
    expect(await migrate(database, prisma)).toEqual([]);
  });

  test('a migration that was edited after it had been applied is refused by name', async () => {
    await migrate(database, prisma);
    writeMigration('1_first', 'CREATE TABLE first (id bigint PRIMARY KEY);');
    await expect(migrate(database, prisma)).rejects.toThrow(
      /changed after they had been applied: 1_first\.\s+Put back/,
    );
  });

  test('other line ends are not an edit', async () => {
    writeMigration('1_first', 'CREATE TABLE first (\nid int PRIMARY KEY\n);\n');
    await migrate(database, prisma);
    writeMigration('1_first', 'CREATE TABLE first (\r\nid int PRIMARY KEY\r\n);\r\n');
    expect(await migrate(database, prisma)).toEqual([]);
  });

  test('a database that is ahead of the folder is refused, with the names', async () => {
    await migrate(database, prisma);
    rmSync(join(prisma, 'migrations/2_second'), { recursive: true });
    await expect(migrate(database, prisma)).rejects.toThrow(/that .*migrations lacks: 2_second\.\s+Start the version/);
  });

  test('the migrations of the project lead to its schema', async () => {
    expect(await migrate(database)).not.toEqual([]);
    const user = await database.db.user.create({ data: { email: 'ann@example.com', createdAt: new Date(1.7e12) } });
    expect(await database.db.user.findUniqueOrThrow({ where: { id: user.id } })).toEqual(user);
    expect(await database.db.$queryRaw`SELECT extract(epoch FROM "createdAt")::float8 AS at FROM "User"`).toEqual([
      { at: 1.7e9 },
    ]);
  });
});

describe.skipIf(!serverUrl)('when several processes start at once on one server', () => {
  test('each migration is applied once, and all of them start', async () => {
    const database = await databaseOnServer();
    writeMigration('3_slow', 'SELECT pg_sleep(0.5); INSERT INTO first VALUES (2);');
    const replicas = [1, 2, 3, 4].map(() => starting(database.url, prisma));
    const applied = await Promise.all(
      replicas.map(async (replica) => JSON.parse(await replica.says(/^\[.*\]$/)) as string[]),
    );
    for (const { child } of replicas) child.kill(); // the engine's timers would keep them for ten seconds
    expect(applied.flat().sort()).toEqual(['1_first', '2_second', '3_slow']);
    expect(await count(database, 'first')).toBe(2);
    expect(await count(database, '_prisma_migrations')).toBe(3);
    await database.close();
  }, 20_000);
});

describe('createMigration', () => {
  const now = new Date('2027-01-02T03:04:05.678Z');
  beforeEach(() => {
    rmSync(join(prisma, 'migrations'), { recursive: true });
    cpSync('prisma', prisma, { recursive: true });
  });

  test('the folder of the project leads to its schema: nothing is left to write', async () => {
    expect(await createMigration('nothing', now, prisma)).toBeNull();
    expect(readdirSync(join(prisma, 'migrations'))).toEqual(readdirSync('prisma/migrations'));
  }, 60_000);

  test('what changed in the schema becomes a dated file, and what could lose data is pointed out', async () => {
    const schema = readFileSync(join(prisma, 'schema.prisma'), 'utf8');
    writeFileSync(join(prisma, 'schema.prisma'), schema.replace(/^ +name .*$/m, '  heading String'));
    const created = await createMigration('rename_name', now, prisma);
    expect(created?.file).toBe(join(prisma, 'migrations/20270102030405_rename_name/migration.sql'));
    expect(created?.warnings.join()).toMatch(/DROP COLUMN "name".*ADD COLUMN +"heading" TEXT NOT NULL/);
    expect(readFileSync(created?.file ?? '', 'utf8')).toContain('ALTER TABLE "User"');
    expect(await createMigration('again', now, prisma)).toBeNull();
  }, 60_000);

  test.each(['', 'Name', '../up', 'a b', 'a-b'])('%j is not a name', async (name) => {
    await expect(createMigration(name, now, prisma)).rejects.toThrow('a-z, 0-9 and _');
  });
});

function writeMigration(name: string, sql: string) {
  mkdirSync(join(prisma, 'migrations', name), { recursive: true });
  writeFileSync(join(prisma, 'migrations', name, 'migration.sql'), sql);
}

/** Emptying one is ten times as fast as making another. */
async function emptied() {
  await embedded.pglite.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  return embeddedDatabase({ ...embedded, close: async () => {} });
}

async function count({ db }: Database, table: string) {
  const [row] = await db.$queryRawUnsafe<[{ n: number }]>(`SELECT count(*)::int AS n FROM "${table}"`);
  return row.n;
}

const starting = (url: string, prisma: string) =>
  startScript(`import { openDatabase } from ${JSON.stringify(built('db/database.js'))};
    import { migrate } from ${JSON.stringify(built('db/migrations/migrate.js'))};
    const database = await openDatabase({ kind: 'server', url: ${JSON.stringify(url)} });
    console.log(JSON.stringify(await migrate(database, ${JSON.stringify(prisma)})));
    await database.close();`);
