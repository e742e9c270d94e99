import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { inject } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { createDatabase, dropDatabase, urlOf } from './server.ts';

/** A migrated database without rows: on the server if `preferServer` and there is one, or if there is nothing else; or embedded. */
export async function emptyDatabase(preferServer = false) {
  const [snapshot, server] = [inject('snapshot'), inject('server')];
  if (snapshot && !(preferServer && server)) {
    return openDatabase({ kind: 'memory', snapshot: await openAsBlob(snapshot) });
  }
  if (!server) throw new Error('The setup made no database.');
  const name = `latchkey_test_${randomUUID().slice(0, 8)}`;
  await createDatabase(server.url, name, server.name);
  const { close, ...database } = await openDatabase({ kind: 'server', url: urlOf(server.url, name) });
  return { ...database, close: () => close().then(() => dropDatabase(server.url, name)) };
}
