import { expect, test } from 'vitest';
import { sources } from './source.ts';

/** From the top: a file imports from its own rung and those above it. */
const RUNGS: [string, RegExp][] = [
  ['errors, config, input, log, telemetry', /^(errors|input|log)\.ts$|^(config|telemetry)\//],
  ['db, the vocabulary of access', /^db\/|^access\/(rules|reach)\.ts$/],
  ['tokens, mail, the trail', /^(tokens|mail|trail)\/(?!([\w-]+-)?schema\.ts)/],
  ['sessions', /^sessions\/(?!([\w-]+-)?schema\.ts)/],
  ['users, what is live', /^(users|live)\/(?!([\w-]+-)?schema\.ts)/],
  ['auth', /^auth\/(?!([\w-]+-)?schema\.ts)/],
  ['the other domains', /^(?!access|graphql|graphiql|http)\w+\/(?!([\w-]+-)?schema\.ts)/],
  ['the context', /^context\.ts$/],
  ['access and graphql', /^(access|graphql)\//],
  ["the domains' schemas", /^\w+\/([\w-]+-)?schema\.ts$/],
  ['the schema', /^schema\.ts$/],
  ['http and GraphiQL', /^(http|graphiql)\//],
  ['the app', /^app\.ts$/],
  ['commands', /^(serving\/|(commands|reference|seed)\.ts$)/],
  ['main', /^main\.ts$/],
];
const DOMAINS = RUNGS.findIndex(([name]) => name === 'the other domains');

const rungOf = (path: string) => RUNGS.findIndex(([, files]) => files.test(path));

test('every source file stands on a rung', () => {
  expect(sources.filter(({ path }) => rungOf(path) < 0).map(({ path }) => path)).toEqual([]);
  expect(sources.length).toBeGreaterThan(30);
});

test('a file imports only from its own rung and those above it', () => {
  const wrong = sources.flatMap(({ path, imports }) =>
    imports
      .filter((target) => target.endsWith('.ts') && rungOf(target) > rungOf(path))
      .map((target) => `${path} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test('what may happen is written without GraphQL', () => {
  const wrong = sources
    .filter(({ path }) => rungOf(path) <= DOMAINS)
    .filter(({ imports }) => imports.some((target) => /^(graphql|@pothos|@graphql-yoga)/.test(target)))
    .map(({ path }) => path);
  expect(wrong).toEqual([]);
});

test.each([
  ['process.env', 'main.ts'],
  ['server.listen(', 'main.ts'],
  ['new PrismaClient', 'db/database.ts'],
])('%s appears once, in %s', (text, file) => {
  const places = sources.flatMap((source) => Array(source.text.split(text).length - 1).fill(source.path));
  expect(places).toEqual([file]);
});

test('only what a process runs, which is called main, takes arguments and signals', () => {
  const wrong = sources
    .filter(({ path, text }) => !/(^|\/|-)main\.ts$/.test(path) && /\bprocess\.(argv|on|exitCode|stdout)\b/.test(text))
    .map(({ path }) => path);
  expect(wrong).toEqual([]);
});
