// What production runs: a dozen files in place of a thousand modules, whose loading was most of a start.
import { defineConfig } from 'rolldown';

export default defineConfig({
  input: { main: 'dist/main.js', 'auth/hashing-main': 'dist/auth/hashing-main.js' },
  platform: 'node',
  // They find files beside their own. The page of GraphiQL, the log's layout and traces are loaded where they are wanted.
  external: [
    /^argon2$/,
    /^@electric-sql\/pglite/,
    /^@prisma\/schema-engine-wasm/,
    /^@graphql-yoga\/render-/,
    'pino-pretty',
    '@opentelemetry/sdk-node',
  ],
  output: { dir: 'dist/bundle/server', comments: false },
});
