import { defineConfig } from 'vitest/config';
import { isQuick, runsUnlessQuick } from './kit/thorough.ts';

// Vite would take graphql's ES build and the libraries its CommonJS one: two realms.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] };
// Most objects of a test are soon of no use: with more room for the young ones, a tenth of the time is saved.
const execArgv = ['--max-semi-space-size=64', '--min-semi-space-size=32'];
const shared = { execArgv, setupFiles: 'test/kit/after-file.ts', testTimeout: 20_000, hookTimeout: 30_000 };

/** They replace modules, so that each needs modules of its own. */
const REPLACING = [
  'test/auth/common-passwords.test.ts',
  'test/tasks/forgotten-where.test.ts',
  'test/tokens/custom-claims.test.ts',
];
/** They add to the schema's builder, which those that look at the real schema must not see. The rest loads modules once. */
const ADDING = [
  'test/access/{matrix,matrix-faults,viewer-can,why-not}.test.ts',
  'test/graphiql/stream.test.ts',
  'test/graphql/{plans,whole-mutations}.test.ts',
  'test/tasks/asked.test.ts',
  'test/http/short-path.test.ts',
  'test/live/*.test.ts',
];

/** They try copies of the project, or wait for what has gone away or must end, which takes minutes. */
const LONG = [
  'test/deploy/image.test.ts',
  'test/http/slow-requests.test.ts',
  'test/start/{bundle,dev}.test.ts',
  'test/tasks/examples/{front-ends,start,tabs}.test.ts',
  'test/tasks/faults/outages.test.ts',
  'test/tasks/guides/*.test.ts',
];

/** They start processes of their own, which takes seconds each: CI runs them, and whoever asks for everything. */
const PROCESSES = [
  'test/access/changes.test.ts',
  'test/auth/hashing-helper.test.ts',
  'test/db/{database,lock,migrations}.test.ts',
  'test/deploy/backup.test.ts',
  'test/examples/service.test.ts',
  'test/mail/process.test.ts',
  'test/seed.test.ts',
  'test/sessions/{crash,refresh-processes}.test.ts',
  'test/start/{commands,start,workers}.test.ts',
  'test/tasks/faults/replicas.test.ts',
  'test/tasks/live/processes.test.ts',
  'test/telemetry/traces.test.ts',
  'test/tokens/interop.test.ts',
];
const left = runsUnlessQuick('the files that start processes of their own, or take minutes')
  ? []
  : [...PROCESSES, ...LONG];

export default defineConfig({
  test: {
    globalSetup: 'test/kit/setup.ts',
    projects: [
      { resolve, test: { ...shared, name: 'replacing', include: REPLACING } },
      { resolve, test: { ...shared, name: 'adding', include: ADDING, isolate: false } },
      { resolve, test: { ...shared, name: 'long', include: LONG, exclude: left, isolate: false } },
      {
        resolve,
        test: {
          ...shared,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...REPLACING, ...ADDING, ...LONG, ...left],
          isolate: false,
        },
      },
    ],
    // Some wait for what takes its time; what CI runs besides needs whole processors.
    maxWorkers: isQuick ? 3 : 2,
    coverage: {
      include: ['src/**/*.ts'],
      // These run in processes of their own, which test/start and test/auth start.
      exclude: ['src/db/generated/**', 'src/main.ts', 'src/commands.ts', 'src/auth/hashing-main.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: { 'src/{access,auth,sessions,tokens}/**': { lines: 100 } },
    },
  },
});
