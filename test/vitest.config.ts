import { defineConfig } from 'vitest/config';

// Vite would take graphql's ES build and the libraries its CommonJS one: two realms.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] };
const shared = { setupFiles: 'test/kit/after-file.ts', testTimeout: 20_000, hookTimeout: 30_000 };

/** They change modules (rules, the builder, claims), so that each needs modules of its own; the others load them once. */
const CHANGING = [
  'test/access/{matrix,viewer-can,why-not}.test.ts',
  'test/auth/common-passwords.test.ts',
  'test/graphql/whole-mutations.test.ts',
  'test/live/*.test.ts',
  'test/tasks/forgotten-where.test.ts',
  'test/tokens/custom-claims.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: 'test/kit/setup.ts',
    projects: [
      { resolve, test: { ...shared, name: 'isolated', include: CHANGING } },
      {
        resolve,
        test: {
          ...shared,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: CHANGING,
          isolate: false,
        },
      },
    ],
    maxWorkers: 2,
    coverage: {
      include: ['src/**/*.ts'],
      // main.ts and what only it uses run in processes of their own, which test/start starts.
      exclude: ['src/db/generated/**', 'src/main.ts', 'src/commands.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: { 'src/{access,auth,sessions,tokens}/**': { lines: 100 } },
    },
  },
});
