import { extendSchema, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema as latchkey } from '../../src/schema.ts';
import { startApp } from '../kit/app.ts';
import { postTo } from './post.ts';

/** What must never come back, nor reach the log: a password in every place where a client may put it by mistake. */
const PASSWORD = 'hunter2-hunter2';
const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { tokenType } }';
/** Besides what there is: a field that takes values of every kind. */
const schema = extendSchema(
  latchkey,
  parse(`
    extend type Query { things(first: Int, filter: ThingFilter): Int }
    input ThingFilter { kind: [TokenDelivery!] dueAfter: DateTime }
  `),
);
const post = (query: string, variables?: unknown) => JSON.stringify({ query, variables });
const login = (input: string) => post(`mutation { login(input: ${input}) { tokenType } }`);

const MISTAKES: [string, string][] = [
  ['a variable of a wrong type', post(LOGIN, { input: { email: 'a@b.c', password: [PASSWORD] } })],
  ['a variable that is an object', post(LOGIN, { input: { email: 'a@b.c', password: { is: PASSWORD } } })],
  ['a variable in the place of another', post(LOGIN, { input: PASSWORD })],
  ['a variable of an enum', post(LOGIN, { input: { email: 'a@b.c', password: 'x', delivery: PASSWORD } })],
  ['a variable that is a field too many', post(LOGIN, { input: { email: 'a@b.c', passwort: PASSWORD } })],
  ['a variable for a whole number', post('query ($n: Int) { things(first: $n) }', { n: PASSWORD })],
  ['a variable for an instant', post('query ($at: DateTime) { things(filter: { dueAfter: $at }) }', { at: PASSWORD })],
  ['a variable that is not declared', post(LOGIN, { input: { email: 'a@b.c', password: 'x' }, other: PASSWORD })],
  ['variables that are a text', post(LOGIN, PASSWORD)],
  ['a default of a wrong type', post(`query ($n: Int = "${PASSWORD}") { things(first: $n) }`)],
  ['a literal of a wrong type', login(`{ email: "a@b.c", password: ["${PASSWORD}"] }`)],
  ['a literal in the place of another', login(`"${PASSWORD}"`)],
  ['a literal of an enum', login(`{ email: "a@b.c", password: "x", delivery: "${PASSWORD}" }`)],
  ['a literal that is an instant', post(`{ things(filter: { dueAfter: "${PASSWORD}" }) }`)],
  ['a literal in a field too many', login(`{ email: "a@b.c", password: "x", passwort: "${PASSWORD}" }`)],
  ['an argument too many', post(`mutation { logout(password: "${PASSWORD}") }`)],
  ['an argument of a directive', post(`{ viewer @include(if: "${PASSWORD}") { id } }`)],
  ['a directive that does not exist', post(`{ viewer @with(password: "${PASSWORD}") { id } }`)],
  ['a text that does not end', login(`{ email: "a@b.c", password: "${PASSWORD}`)],
  ['a text without its quotes', login(`{ email: "a@b.c", password: ${PASSWORD}! }`)],
  ['a text in other quotes', login(`{ email: "a@b.c", password: '${PASSWORD}' }`)],
  ['a broken escape', login(`{ email: "a@b.c", password: "\\q${PASSWORD}" }`)],
  ['a document that is none', post(PASSWORD)],
  ['a document that goes on', post(`{ viewer { id } } "${PASSWORD}"`)],
  ['a number that is none', post(`{ things(first: 0${PASSWORD}) }`)],
  ['broken JSON', `{"query": "{ viewer { id } }", "variables": {"password": "${PASSWORD}"`],
  ['JSON of another kind', JSON.stringify(PASSWORD)],
  ['JSON with a parameter too many', JSON.stringify({ query: '{ viewer { id } }', extensions: PASSWORD })],
  ['an operation that does not exist', JSON.stringify({ query: '{ viewer { id } }', operationName: PASSWORD })],
  ['a wrong login', login(`{ email: "a@b.c", password: "${PASSWORD}" }`)],
  ['a login by something that is no email', login(`{ email: "${PASSWORD}", password: "${PASSWORD}" }`)],
  [
    'a password that is refused',
    post(`mutation { signup(input: { email: "a@b.c", password: "${PASSWORD.slice(0, 7)}" }) { tokenType } }`),
  ],
  ['a NUL in a password', post(LOGIN, { input: { email: 'a@b.c', password: `${PASSWORD}\0` } })],
];

describe.each([
  ['as it starts', {}],
  ['with everything in the log', { LOG_LEVEL: 'trace' }],
  ['with suggestions off', { INTROSPECTION: 'off' }],
])('%s', async (_name, env) => {
  const { url, logged } = await startApp({ env, schema });

  test.each(MISTAKES)('%s is not repeated, neither to the client nor to the log', async (name, body) => {
    const response = await postTo(url)(body);
    const text = await response.text();
    const errors: { extensions: { code: string } }[] = JSON.parse(text).errors ?? [];
    expect(response.status, name).toBeLessThan(500);
    for (const { extensions } of errors)
      expect(extensions.code).toMatch(
        /^(BAD_USER_INPUT|INVALID_CREDENTIALS|WEAK_PASSWORD|RATE_LIMITED|UNAUTHENTICATED)$/,
      );
    expect(`${text}${[...response.headers]}${logged.join('')}`).not.toContain('hunter2');
  });
});

describe('what names are told', async () => {
  const withThem = await startApp({ schema });
  const without = await startApp({ schema, env: { INTROSPECTION: 'off' } });
  const messages = async ({ ask }: typeof withThem, query: string) =>
    (await ask(query)).errors?.map(({ message }) => message).join('\n') ?? '';

  test.each([
    ['a field', '{ viewe { id } }'],
    ['a nested field', '{ viewer { emai } }'],
    ['an argument', '{ things(frist: 1) }'],
    ['a type', 'query ($f: ThingFiltr) { things(filter: $f) }'],
    ['a fragment on a type', '{ viewer { ... on Usr { id } } }'],
    ['an enum value', '{ things(filter: { kind: [BOD] }) }'],
    ['an input field', '{ things(filter: { kin: BODY }) }'],
    ['a directive', '{ viewer @inclde(if: true) { id } }'],
    ['a directive argument', '{ viewer @include(iff: true) { id } }'],
  ])('%s that is misspelled is not completed where the schema is not shown', async (_name, query) => {
    expect(await messages(without, query)).not.toMatch(/did you mean/i);
    expect(await messages(without, query)).not.toBe('');
  });

  test('a field that is misspelled is completed where it is', async () => {
    expect(await messages(withThem, '{ viewe { id } }')).toContain('Did you mean "viewer"?');
  });

  test('variables that are misspelled are not completed', async () => {
    const { errors } = await without.ask('query ($f: ThingFilter) { things(filter: $f) }', {
      f: { kind: ['BOD'], kin: 1 },
    });
    expect(JSON.stringify(errors)).not.toMatch(/did you mean|"BODY"/i);
    expect(errors?.[0]?.extensions.fields).toEqual({
      'f.kind.0': expect.any(String),
      'f.kin': 'There is no such field.',
    });
  });
});
