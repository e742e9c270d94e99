import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Vite would take graphql's ES build and the libraries its CommonJS one: two realms.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/kit/setup.ts',
    // On one's own machine all processors; CI measures nothing and wants quiet.
    maxWorkers: process.env['CI'] ? 1 : 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: {
      include: ['src/**/*.ts'],
      // main.ts and what only it uses run in processes of their own, which test/start starts.
      exclude: ['src/db/generated/**', 'src/main.ts', 'src/commands.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: { 'src/access/**': { lines: 100 }, 'src/auth/**': { lines: 100 } },
    },
  },
});
