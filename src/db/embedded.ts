import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { lockDirectory } from './lock.ts';

/** PostgreSQL inside this process, kept in `<dataDir>/db`, which no other process can open until `close`. */
export async function openEmbedded(dataDir: string): Promise<Embedded> {
  const lock = await lockDirectory(dataDir);
  try {
    const directory = join(dataDir, 'db');
    if (!existsSync(directory)) await initialise(directory);
    const pglite = await start({ dataDir: directory });
    return { pglite, close: () => pglite.close().finally(lock.release) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Makes and migrates a database that is not there yet, in a process of its own: initdb and the engine that migrates leave 500 MB
 * behind in the one that ran them. Where it fails, whoever opens the database does so again and says why.
 */
export async function makeEmbedded(dataDir: string, migrateCommand: string[]): Promise<void> {
  if (existsSync(join(dataDir, 'db'))) return;
  await promisify(execFile)(execPath, migrateCommand).catch(() => {});
}

/** PostgreSQL in this process' memory, gone with it: for tests, which start from a snapshot (`dumpDataDir`). */
export async function openInMemory(snapshot?: Blob): Promise<Embedded> {
  const contents = snapshot ? { loadDataDir: snapshot } : { initDbStartParams: INITDB_PARAMS };
  const pglite = await start({ relaxedDurability: true, ...contents });
  return { pglite, close: () => pglite.close() };
}

// The directory gets its name when it is complete, for PGlite would take a half-made one for a database.
async function initialise(directory: string): Promise<void> {
  const draft = `${directory}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const pglite = await start({ dataDir: draft, initDbStartParams: INITDB_PARAMS });
  await pglite.close();
  renameSync(draft, directory);
}

function start(options: PGliteOptions): Promise<PGlite> {
  setFlagsFromString(WASM_BUDGET);
  return PGlite.create({ startParams: START_PARAMS, ...options });
}

// V8 would at once optimise much of PostgreSQL that only its start runs, for 80 MB that stay and 700 MB for a moment: with this
// budget (a measure of bytes executed) a function has to stay hot for about a second first.
const WASM_BUDGET = '--wasm-tiering-budget=1000000000';

// PostgreSQL's own 128 MB of buffers would be most of this process' memory.
const START_PARAMS = [...PGlite.defaultStartParams, '-c', 'shared_buffers=8MB', '-c', 'timezone=UTC'];
const INITDB_PARAMS = ['--wal-segsize=1'];

export interface Embedded {
  pglite: PGlite;
  close(): Promise<void>;
}
