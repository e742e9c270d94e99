import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import { type Folder, SCHEMA_FILE } from './folder.ts';

/** Lends Prisma's schema engine on an open connection, which stays open. */
export async function withEngine<T>(
  connection: SqlDriverAdapter,
  schema: string,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loaded ??= load();
  const { SchemaEngine } = await loaded;
  const connect = async () => connection;
  const { provider, adapterName } = connection;
  // Where a migrations folder is replayed: only createMigration does that, and its connection leads to a scratch database.
  const adapter = bindMigrationAwareSqlAdapterFactory({ provider, adapterName, connect, connectToShadowDb: connect });
  const engine = await SchemaEngine.new({ datamodels: [[SCHEMA_FILE, schema]] }, () => {}, adapter);
  try {
    return await use(engine);
  } finally {
    engine.free();
  }
}

/** The folder, in the words of the engine. */
export function migrationList(folder: Folder): MigrationList {
  return {
    baseDir: folder.directory,
    lockfile: { path: 'migration_lock.toml', content: LOCKFILE },
    shadowDbInitScript: '',
    migrationDirectories: folder.migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    })),
  };
}

// The package's own entry imports the .wasm as a module, which Node cannot do without a flag.
async function load() {
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(join(dirname(path), 'schema_engine_bg.wasm'));
  // Where the engine leaves the text of a crash; without it, a crash ends the process with an error about that.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (message: string) => {
        throw new Error(message);
      },
    },
  });
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': glue as unknown as WebAssembly.ModuleImports,
  });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return glue;
}

// The package keeps one instance in variables of its own: a second one would crash on the memory of the first.
let loaded: ReturnType<typeof load> | undefined;

export const NO_FILTERS = { externalTables: [], externalEnums: [] };
export const LOCKFILE = 'provider = "postgresql"\n';
