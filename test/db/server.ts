import { randomUUID } from 'node:crypto';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { createDatabase, dropDatabase, urlOf } from '../kit/server.ts';

/**
 * A PostgreSQL server for what one process cannot show; without it, those tests are skipped. TEST_SERVER lends one to them alone,
 * while the others run on embedded databases.
 */
export const serverUrl = process.env['TEST_SERVER'] ?? process.env['TEST_DATABASE_URL'];

/** An empty database on the server, dropped when it is closed. */
export async function onServer(): Promise<Database & { url: string }> {
  const server = serverUrl as string;
  const name = `latchkey_test_${randomUUID().slice(0, 8)}`;
  await createDatabase(server, name);
  const url = urlOf(server, name);
  const database = await openDatabase({ kind: 'server', url });
  return { ...database, url, close: () => database.close().then(() => dropDatabase(server, name)) };
}
