import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { Prisma } from '../../src/db/generated/client.ts';
import { createDatabase, dropDatabase, urlOf } from './postgres.ts';

/** A migrated database without rows: on the server if `preferServer` and there is one, or if there is nothing else; or embedded. */
export async function emptyDatabase(preferServer = false) {
  const [snapshot, server] = [inject('snapshot'), inject('server')];
  if (snapshot && !(preferServer && server)) return embedded(snapshot);
  if (!server) throw new Error('The setup made no database.');
  const name = `latchkey_test_${randomUUID().slice(0, 8)}`;
  await createDatabase(server.url, name, server.name);
  const { close, ...database } = await openDatabase({ kind: 'server', url: urlOf(server.url, name) });
  return { ...database, close: () => close().then(() => dropDatabase(server.url, name)) };
}

/** Opening one takes a hundred times as long as emptying it, so whoever is done leaves it to the next. */
async function embedded(snapshot: string): Promise<Database> {
  const database = idle.pop() ?? (await openDatabase({ kind: 'memory', snapshot: await openAsBlob(snapshot) }));
  const close = () =>
    empty(database).then(
      () => void idle.push(database),
      () => database.close(),
    );
  return { ...database, close };
}

/** Fails where a test has taken a table away, and then that database is nobody's any more. */
async function empty({ db }: Database) {
  const tables = Object.values(Prisma.ModelName).map((name) => `"${name}"`);
  await db.$transaction([
    // Or the trail would not let itself be emptied.
    db.$executeRaw`ALTER TABLE "SecurityEvent" DISABLE TRIGGER append_only`,
    db.$executeRawUnsafe(`TRUNCATE ${tables.join(', ')}`),
    db.$executeRaw`ALTER TABLE "SecurityEvent" ENABLE TRIGGER append_only`,
  ]);
}

const idle: Database[] = [];
