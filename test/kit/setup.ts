import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { embeddedDatabase, openDatabase } from '../../src/db/client.ts';
import { openInMemory } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrations.ts';
import { createDatabase, dropDatabase, urlOf } from './server.ts';

/** Migrates a database of each kind that the suite uses; each test file starts from a copy of it. */
export default async function setup(project: TestProject) {
  const everything = process.env['TEST_DATABASE_URL'];
  const server = everything ?? process.env['TEST_SERVER'];
  const onServer = server ? await migratedOn(server) : null;
  const embedded = everything ? null : await migratedEmbedded();
  project.provide('server', onServer);
  project.provide('snapshot', embedded && join(embedded, 'snapshot'));
  return async () => {
    if (embedded) rmSync(embedded, { recursive: true });
    if (onServer) await dropDatabase(onServer.url, onServer.name);
  };
}

async function migratedOn(url: string): Promise<ServerTemplate> {
  const name = `latchkey_template_${randomUUID().slice(0, 8)}`;
  await createDatabase(url, name);
  const database = await openDatabase({ kind: 'server', url: urlOf(url, name) });
  await migrate(database);
  await database.close();
  return { url, name };
}

async function migratedEmbedded() {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  const embedded = await openInMemory();
  const database = embeddedDatabase(embedded);
  await migrate(database);
  const dump = await embedded.pglite.dumpDataDir('none');
  writeFileSync(join(directory, 'snapshot'), Buffer.from(await dump.arrayBuffer()));
  await database.close();
  return directory;
}

interface ServerTemplate {
  url: string;
  name: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    snapshot: string | null;
    server: ServerTemplate | null;
  }
}
