import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { afterFile } from './cleanup.ts';

/**
 * A PostgreSQL server for what one process cannot show; without it, those tests are skipped. TEST_SERVER lends one to them alone,
 * while the others run on embedded databases.
 */
export const serverUrl = process.env['TEST_DATABASE_URL'] ?? process.env['TEST_SERVER'];

/** An empty database on the server, dropped when it is closed, or else when the test file is done. */
export async function databaseOnServer(): Promise<ServerDatabase> {
  if (!serverUrl) throw new Error('There is no server: the test should have been skipped.');
  const server = serverUrl;
  const name = `latchkey_test_${randomUUID().slice(0, 8)}`;
  await createDatabase(server, name);
  const url = urlOf(server, name);
  const database = await openDatabase({ kind: 'server', url });
  let closed: Promise<unknown> | undefined;
  const close = async () => {
    closed ??= database.close().then(() => dropDatabase(server, name));
    await closed;
  };
  afterFile(close);
  return { ...database, url, close };
}

/** A new database on the server; with `template`, a copy of that one. */
export const createDatabase = (server: string, name: string, template = 'template1') =>
  query(server, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);

export const dropDatabase = (server: string, name: string) => query(server, `DROP DATABASE "${name}" WITH (FORCE)`);

export function urlOf(server: string, name: string) {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function query(server: string, sql: string) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export interface ServerDatabase extends Database {
  url: string;
}
