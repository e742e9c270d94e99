import { describe, expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { HTTPS, PRODUCTION } from '../kit/production.ts';

const production = await startApp({ env: PRODUCTION });
const development = await startApp();

const isAnswered: Finding = (text) => /"(__typename|alias100|types)":/.test(text);
const isSuggested: Finding = (text) => /did you mean/i.test(text);
const isExplained: Finding = (text) => /exception|stacktrace|tracing|node_modules|\.[jt]s:\d/i.test(text);
const isEachJudged: Finding = (text) => JSON.parse(text).errors?.length >= 10;
const isPlayground: Finding = (text) => /graphiql|graphql.playground/i.test(text);

const post = (query: string): Sent => ({ body: JSON.stringify({ query }) });
const inAddress = (query: string, method = 'GET'): Sent => ({
  method,
  path: `/graphql?query=${encodeURIComponent(query)}`,
});
const times = (count: number, part: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => part(n)).join(' ');

const CIRCLE =
  '{ __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { __typename ...A }';
const DEEP =
  '{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }';
const FORM = { type: 'application/x-www-form-urlencoded', body: 'query=query+%7B+__typename+%7D' };
const BATCH = JSON.stringify(Array.from({ length: 10 }, () => ({ query: '{ __typename }' })));

/** What graphql-cop (https://github.com/dolevf/graphql-cop, lib/tests) sends, and what of the answer it reports. */
const CHECKS: [string, Sent, Finding][] = [
  ['alias overloading', post(`{ ${times(101, (n) => `alias${n}: __typename`)} }`), isAnswered],
  ['array-based query batching', { body: BATCH }, isAnswered],
  ['directive overloading', post(`{ __typename ${'@aa'.repeat(10)} }`), isEachJudged],
  ['introspection-based circular query', post(DEEP), isAnswered],
  ['circular fragment', post(CIRCLE), isAnswered],
  ['field duplication', post(`{ ${'__typename '.repeat(500)} }`), isAnswered],
  ['field suggestions', post('{ __schema { directive } }'), isSuggested],
  ['GET method query support', inAddress('{ __typename }'), isAnswered],
  ['mutation is allowed over GET', inAddress('mutation { __typename }'), isAnswered],
  ['POST with the query in the address', inAddress('{ __typename }', 'POST'), isAnswered],
  ['POST of a form', FORM, isAnswered],
  ['introspection', post('{ __schema { types { name fields { name } } } }'), isAnswered],
  ['trace mode', post('{ __typename }'), isExplained],
  ['unhandled errors', post('qwerty cop { abc }'), isExplained],
  ...['/graphiql', '/playground', '/console', '/graphql'].map((path): [string, Sent, Finding] => [
    `GraphQL IDE at ${path}`,
    { method: 'GET', path },
    isPlayground,
  ]),
];

describe('graphql-cop', () => {
  test.each(CHECKS)('finds nothing in production: %s', async (_check, sent, isFound) => {
    expect(await answerOf(production, sent)).not.toSatisfy(isFound);
  });

  const open = CHECKS.filter(([check]) =>
    ['field suggestions', 'introspection', 'GraphQL IDE at /graphql'].includes(check),
  );
  test.each(open)('finds what development shows: %s', async (_check, sent, isFound) => {
    expect(await answerOf(development, sent)).toSatisfy(isFound);
  });
});

async function answerOf({ url }: typeof production, { method = 'POST', path = '/graphql', type, body }: Sent) {
  // The tool names no type that it accepts, but where it looks for a page.
  const accept = method === 'GET' && !path.includes('?') ? 'text/html' : '*/*';
  const headers = { ...HTTPS, accept, 'content-type': type ?? 'application/json' };
  const response = await fetch(url + path, { method, headers, body: body ?? null });
  expect(response.status).toBeLessThan(500);
  return response.text();
}

interface Sent {
  method?: string;
  path?: string;
  type?: string;
  body?: string;
}

/** Whether an answer is one that the tool would report. */
type Finding = (text: string) => boolean;
