import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg';
import { embeddedAdapter } from '../adapters.ts';
import { openInMemory } from '../embedded.ts';
import { LOCKFILE, migrationList, NO_FILTERS, withEngine } from './engine.ts';
import { PRISMA, readFolder, SCHEMA_FILE } from './folder.ts';

/** Writes the migration that leads from the folder's migrations to schema.prisma, or returns null if nothing is missing. */
export async function createMigration(name: string, now: Date, prisma = PRISMA): Promise<NewMigration | null> {
  if (!/^[a-z0-9_]{1,60}$/.test(name)) throw new Error(`A migration's name is made of a-z, 0-9 and _, not "${name}".`);
  const folder = readFolder(prisma);
  const content = readFileSync(join(prisma, SCHEMA_FILE), 'utf8');
  const script = await scriptTo(content, migrationList(folder));
  if (script === null) return null;

  const directory = join(folder.directory, `${now.toISOString().replace(/\D/g, '').slice(0, 14)}_${name}`);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'migration.sql');
  writeFileSync(file, script, { flag: 'wx' });
  writeFileSync(join(folder.directory, 'migration_lock.toml'), LOCKFILE);
  return { file, warnings: warningsOf(script) };
}

// Not the engine's createMigration: unless a migrated database was diagnosed first, with a second scratch database, it fails
// with "shadow DB must be provided through an external factory". Its diff needs one, and says the same but for the warnings.
async function scriptTo(content: string, migrationsList: MigrationList): Promise<string | null> {
  const scratch = await openInMemory();
  const from = { tag: 'migrations', ...migrationsList } as const;
  const to = { tag: 'schemaDatamodel' as const, files: [{ path: SCHEMA_FILE, content }] };
  try {
    return await withEngine(await embeddedAdapter(scratch.pglite).connect(), content, async (engine) => {
      const { exitCode, stdout } = await engine.diff({ from, to, script: true, exitCode: true, filters: NO_FILTERS });
      return exitCode === CHANGES ? stdout : null;
    });
  } finally {
    await scratch.close();
  }
}

const warningsOf = (script: string) =>
  script.split('\n').filter((line) => LOSES_DATA.test(line) || FAILS_ON_DATA.test(line));

const CHANGES = 2;
const LOSES_DATA = /\bDROP (TABLE|COLUMN|TYPE)\b|\bSET DATA TYPE\b/;
const FAILS_ON_DATA = /\bADD COLUMN\b(?!.*\bDEFAULT\b).*\bNOT NULL\b|\bSET NOT NULL\b/;

export interface NewMigration {
  file: string;
  /** The lines that lose data, or fail while there is data that does not fit. */
  warnings: string[];
}
