import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrations/migrate.ts';
import { createDatabase, dropDatabase, serverUrl, urlOf } from './postgres.ts';

/** Compiles the code, and migrates a database of each kind that the suite uses: tests start from copies of them. */
export default async function setup(project: TestProject) {
  const everything = process.env['TEST_DATABASE_URL'];
  const compiled = compile();
  const embedded = await migratedEmbedded(join(compiled, 'dist/main.js'));
  const onServer = serverUrl ? await migratedOn(serverUrl) : null;
  project.provide('built', pathToFileURL(join(compiled, 'dist/')).href);
  project.provide('dataDirectory', join(embedded, 'data'));
  project.provide('snapshot', everything ? null : join(embedded, 'snapshot'));
  project.provide('server', onServer);
  return async () => {
    rmSync(compiled, { recursive: true });
    rmSync(embedded, { recursive: true });
    if (onServer) await dropDatabase(onServer.url, onServer.name);
  };
}

/** Beside the packages that it imports; type errors are the business of `npm run check`. What is compiled already stays as it is. */
function compile() {
  const directory = join(ROOT, 'node_modules/.cache', `latchkey-test-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', '--noCheck', ROOT]);
  cpSync(join(ROOT, 'dist'), join(directory, 'dist'), { recursive: true });
  symlinkSync(join(ROOT, 'prisma'), join(directory, 'prisma'));
  return directory;
}

async function migratedOn(url: string): Promise<ServerTemplate> {
  const name = `latchkey_template_${randomUUID().slice(0, 8)}`;
  await createDatabase(url, name);
  const database = await openDatabase({ kind: 'server', url: urlOf(url, name) });
  await migrate(database);
  await database.close();
  return { url, name };
}

async function migratedEmbedded(main: string) {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  const data = join(directory, 'data');
  execFileSync(process.execPath, [main, 'migrate'], { cwd: directory, env: { DATA_DIR: data } });
  const pglite = await PGlite.create(join(data, 'db'));
  const dump = await pglite.dumpDataDir('none');
  await pglite.close();
  writeFileSync(join(directory, 'snapshot'), Buffer.from(await dump.arrayBuffer()));
  return directory;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface ServerTemplate {
  url: string;
  name: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of the folder of compiled code. */
    built: string;
    /** A migrated embedded database; to be copied. */
    dataDirectory: string;
    /** The same as one file; null where the suite runs on a server. */
    snapshot: string | null;
    server: ServerTemplate | null;
  }
}
