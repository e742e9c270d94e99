import { defineConfig } from 'prisma/config';

// Otherwise the CLI downloads an engine that `generate` never runs; migrations use the engine in WASM (src/db/migrations.ts).
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: 'schema.prisma' });
