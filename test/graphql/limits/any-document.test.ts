import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Lexer, Source, TokenKind } from 'graphql';
import { expect, test } from 'vitest';
import { startApp } from '../../kit/app.ts';
import { isQuick, isThorough } from '../../kit/thorough.ts';

const { as } = await startApp();
const root = await as('root', 'ADMIN');
const RUNS = isThorough ? 5000 : isQuick ? 100 : 300;

const WHOLE = [
  '{ me { id email tasks(first: 5) { totalCount nodes { id title owner { id } } } } }',
  'query Q($id: ID!, $n: Int = 3) { task(id: $id) { ...F } users(first: $n) { nodes { id } } } fragment F on Task { id }',
  'mutation { createTask(input: { title: "T", dueAt: "2030-01-01T00:00:00Z" }) { id ... on Task @include(if: true) { title } } }',
  'subscription { taskChanged { kind task { title } } }',
];
/** What documents are made of: punctuation, keywords, values, and every name of the schema. */
const WORDS = [
  ...new Set([
    ...tokensOf(readFileSync('schema.graphql', 'utf8')),
    ...WHOLE.flatMap(tokensOf),
    '...',
    '@skip',
    '$v',
    '"""',
    '\\',
    '\0',
    '\uFEFF',
    '\uD800',
    '🦜',
  ]),
];

const documents = fc.oneof(
  fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }),
  fc
    .tuple(
      fc.constantFrom(...WHOLE.map(tokensOf)),
      fc.nat(60),
      fc.nat(6),
      fc.array(fc.constantFrom(...WORDS), { maxLength: 4 }),
    )
    .map(([tokens, at, gone, put]) => tokens.toSpliced(at % tokens.length, gone, ...put)),
  fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
);

test('no document gives a 500', { timeout: 120_000 }, async () => {
  const property = fc.asyncProperty(documents, async (tokens) => {
    const { status, errors = [] } = await root.ask(tokens.join(' '), { id: 'x' }, { accept: 'application/json' });
    expect(status).toBeLessThan(500);
    expect(errors.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL_SERVER_ERROR');
  });
  await fc.assert(property, { numRuns: RUNS, examples: [[['subscription { taskChanged { kind } schema @skip }']]] });
});

function tokensOf(text: string): string[] {
  const lexer = new Lexer(new Source(text));
  const tokens = [];
  while (lexer.advance().kind !== TokenKind.EOF) tokens.push(text.slice(lexer.token.start, lexer.token.end));
  return tokens;
}
