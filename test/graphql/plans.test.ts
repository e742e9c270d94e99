import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { builder } from '../../src/graphql/builder.ts';
import '../../src/schema.ts';
import { startApp } from '../kit/app.ts';
import { byGraphqlJs } from '../kit/graphql-js.ts';

const Note = builder.objectRef<{ id: string; ownerId: string; text: string }>('PlannedNote');
const Titled = builder.interfaceRef<{ id: string }>('Titled').implement({
  fields: (t) => ({ id: t.exposeString('id') }),
  resolveType: () => 'PlannedNote',
});
Note.implement({
  auth: ['OWNER', 'ADMIN'],
  owner: 'ownerId',
  interfaces: [Titled],
  fields: (t) => ({
    text: t.exposeString('text'),
    later: t.string({ resolve: async ({ text }) => `later ${text}` }),
    fails: t.string({ nullable: true, resolve: () => Promise.reject(new Error('kaboom')) }),
    never: t.string({ resolve: () => null as never }),
    secret: t.string({ auth: ['OWNER'], nullable: true, resolve: () => 'for the owner alone' }),
  }),
});
const Either = builder.unionType('Either', { types: [Note], resolveType: () => Note });
const Wish = builder.inputType('Wish', {
  fields: (t) => ({ size: t.int({ required: true, defaultValue: 3 }), names: t.stringList() }),
});
const own = ({ identity }: Context) => [{ id: '1', ownerId: identity.viewer().id, text: 'mine' }];
const anybodys = [{ id: '1', ownerId: 'somebody else', text: 'not mine' }];
const open = { auth: ['PUBLIC'], nullable: true } as const;
let seen: unknown;
builder.queryFields((t) => ({
  mine: t.field({ ...open, type: [Note], resolve: (_root, _args, context) => own(context) }),
  others: t.field({ ...open, type: [Note], nullable: { list: true, items: true }, resolve: () => anybodys }),
  promised: t.field({
    ...open,
    type: [Note],
    resolve: (_root, _args, context) => own(context).map(async (note) => note) as never,
  }),
  other: t.field({ ...open, type: Note, resolve: async () => anybodys[0] as never }),
  titled: t.field({ ...open, type: Titled, resolve: (_root, _args, context) => own(context)[0] as never }),
  either: t.field({ ...open, type: Either, resolve: (_root, _args, context) => own(context)[0] as never }),
  wished: t.string({
    ...open,
    args: { wish: t.arg({ type: Wish, required: true }), more: t.arg.int({ defaultValue: 7 }) },
    resolve: (_root, args) => JSON.stringify(args),
  }),
  /** Whether it is executed as it was before: a plan hands out the same nodes each time, graphql-js new ones. */
  planned: t.boolean({
    ...open,
    resolve: (_root, _args, _context, { fieldNodes }) => {
      const before = seen;
      seen = fieldNodes;
      return before === fieldNodes;
    },
  }),
}));

const app = await startApp({ schema: builder.toSchema() });
const ann = await app.as('ann');
const eve = await app.as('eve', 'ADMIN');
const people = { nobody: app, ann, eve };

test('a query is planned when it comes first, and no more than that after', async () => {
  await ann.ask('{ planned }');
  expect((await ann.ask('{ planned }')).data).toEqual({ planned: true });
});

test.each([
  ['a directive', byGraphqlJs('{ planned }')],
  ['introspection', '{ planned __schema { queryType { name } } }'],
  ['an interface', '{ planned titled { id } }'],
  ['a union', '{ planned either { ... on PlannedNote { text } } }'],
  ['a key that would be a prototype', '{ planned __proto__: __typename more: planned }'],
])('no plan is made for %s', async (_what, query) => {
  await ann.ask(query);
  await ann.ask(query);
  const { data, errors } = await ann.ask(query);
  expect(errors).toBeUndefined();
  expect(data.planned).toBe(false);
});

const CASES: [string, string, object?][] = [
  ['a list', '{ mine { id text __typename } }'],
  ['what is promised', '{ promised { later text } mine { later } }'],
  [
    'the same key asked for twice',
    '{ mine { text } ...F }\nfragment F on Query { mine { id } me { ...G } } fragment G on User { id }',
  ],
  ['aliases', '{ a: me { x: id y: email } b: me { x: email y: id } constructor: __typename }'],
  ['an argument from a variable', 'query ($n: Int) { tasks(first: $n) { totalCount edges { cursor } } }', { n: 2 }],
  ['a variable that is left out', 'query ($n: Int) { tasks(first: $n) { totalCount } }'],
  ['a variable with a default', 'query ($n: Int = 4) { wished(wish: {}, more: $n) }'],
  ['a default of an input field', '{ a: wished(wish: {}) b: wished(wish: { size: 1, names: "one" }, more: null) }'],
  ['a default in a variable', 'query ($w: Wish!) { wished(wish: $w) }', { w: { names: ['a'] } }],
  ['a variable in an input', 'query ($n: Int!, $s: String) { wished(wish: { size: $n, names: [$s] }) }', { n: 5 }],
  ['a variable that does not fit', 'query ($n: Int!) { wished(wish: { size: $n }) }', { n: 'many' }],
  ['an error', '{ mine { text fails } }'],
  ['an error below a null', '{ mine { text never fails } me { id } }'],
  ['an error in a list', '{ others { text secret } }'],
  ['a rule on the type', '{ other { text } }'],
  ['nothing but the type', '{ other { __typename } others { __typename } }'],
  ['a rule on a field', '{ mine { secret } }'],
  ['a rule on a root field', '{ users { totalCount } }'],
  ['a rule that one of two fulfils', '{ me { id } users(first: 1) { totalCount } }'],
  ['an interface', '{ titled { id ... on PlannedNote { secret } } }'],
  ['a union', '{ either { __typename ... on PlannedNote { text } } }'],
  ['a prototype', '{ __proto__: __typename me { __proto__: id } }'],
  ['introspection', '{ __type(name: "Role") { enumValues { name } } }'],
];

test.each(CASES)('a plan answers as graphql-js does: %s', async (_what, query, variables) => {
  for (const person of Object.values(people)) {
    const asked = async (text: string) => {
      const { headers, ...answer } = await person.ask(text, variables);
      const { 'x-request-id': id, date, 'content-length': length, ...others } = Object.fromEntries(headers);
      return JSON.stringify({ ...answer, others });
    };
    const reference = await asked(byGraphqlJs(query));
    expect(await asked(query)).toBe(reference);
    expect(await asked(query)).toBe(reference);
  }
});

test('a plan never outlives its document', async () => {
  const query = (field: string) => `{ me { ...F } } fragment F on User { ${field} }`;
  expect((await ann.ask(query('id'))).data.me).toEqual({ id: ann.id });
  expect((await ann.ask(query('email'))).data.me).toEqual({ email: ann.email });
});

test('of two operations in a document, each has its own plan', async () => {
  const query = 'query A { me { id } } query B { me { email } }';
  const asked = async (operationName: string) => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ann.accessToken}` },
      body: JSON.stringify({ query, operationName }),
    });
    return (await response.json()).data.me;
  };
  expect([await asked('A'), await asked('B'), await asked('A')]).toEqual([
    { id: ann.id },
    { email: ann.email },
    { id: ann.id },
  ]);
});
