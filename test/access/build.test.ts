import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { expect, test } from 'vitest';
import AccessPlugin from '../../src/access/plugin.ts';
import { rules } from '../../src/access/rules.ts';
import { smallBuilder } from './small.ts';

const KNOWN = Object.keys(rules).join(', ');
const AUTH = { auth: ['PUBLIC'] as const };

test('a schema in which every root field and object type has a rule is built', () => {
  expect(() => built({})).not.toThrow();
});

test.each([
  ['a query', { query: { auth: undefined } }, 'Query.secret has no access rule.'],
  ['a mutation', { mutation: { auth: undefined } }, 'Mutation.change has no access rule.'],
  ['a subscription', { subscription: { auth: undefined } }, 'Subscription.changed has no access rule.'],
  ['an object type', { type: { auth: undefined } }, 'Thing has no access rule.'],
])('%s without a rule is refused', (_what, more, complaint) => {
  expect(() => built(more)).toThrow(complaint);
  expect(() => built(more)).toThrow(`Say who may reach it: auth: ['…'], with at least one of ${KNOWN}.`);
});

test.each([
  ['an empty rule', [], 'has no access rule'],
  ['a rule that is no list', 'ADMIN', 'has no access rule'],
  [
    'an unknown rule',
    ['ADMIN', 'EDITOR'],
    `names an access rule that does not exist: EDITOR. Use ${KNOWN}, or add it to src/access/rules.ts.`,
  ],
  ['a rule in another spelling', ['admin'], 'names an access rule that does not exist: admin.'],
  ['a name that every object has', ['constructor'], 'names an access rule that does not exist: constructor.'],
  ["a name of scope-auth's own", ['$granted'], 'names an access rule that does not exist: $granted.'],
  ['a rule named twice', ['ADMIN', 'ADMIN'], 'names an access rule twice: ADMIN, ADMIN. Name each once.'],
  [
    'OWNER without an owner',
    ['OWNER'],
    "requires OWNER but does not say whose it is. Add owner: (…) => the owner's id, or null.",
  ],
])('%s is refused wherever it stands', (_what, auth, complaint) => {
  expect(() => built({ query: { auth } })).toThrow(`Query.secret ${complaint}`);
  expect(() => built({ mutation: { auth } })).toThrow(`Mutation.change ${complaint}`);
  expect(() => built({ subscription: { auth } })).toThrow(`Subscription.changed ${complaint}`);
  expect(() => built({ type: { auth } })).toThrow(`Thing ${complaint}`);
  expect(() => built({ field: { auth } })).toThrow(`Thing.name ${complaint}`);
});

const UNSEEN = [
  ['authScopes', { ADMIN: true }],
  ['grantScopes', ['edit']],
  ['runScopesOnType', false],
  ['skipTypeScopes', true],
  ['skipInterfaceScopes', true],
  ['unauthorizedError', () => new Error()],
  ['unauthorizedResolver', () => 'something'],
] as const;

test.each(UNSEEN)("scope-auth's %s, which nobody would see, is refused wherever it stands", (option, value) => {
  const complaint = `sets ${option}, which would be enforced without being shown. Write auth: ['…'] instead.`;
  const more = { [option]: value };
  expect(() => built({ query: more })).toThrow(`Query.secret ${complaint}`);
  expect(() => built({ mutation: more })).toThrow(`Mutation.change ${complaint}`);
  expect(() => built({ subscription: more })).toThrow(`Subscription.changed ${complaint}`);
  expect(() => built({ type: more })).toThrow(`Thing ${complaint}`);
  expect(() => built({ field: more })).toThrow(`Thing.name ${complaint}`);
  expect(() => built({ queryType: more })).toThrow(`Query ${complaint}`);
  expect(() => built({ interface: more })).toThrow(`Named ${complaint}`);
  expect(() => built({ interfaceField: more })).toThrow(`Named.name ${complaint}`);
  expect(() => built({ enumValue: more })).toThrow(`Colour.RED ${complaint}`);
});

test('withAuth and authField, which nobody would see, are refused', () => {
  const complaint = 'Query.hidden sets authScopes, which would be enforced without being shown.';
  const withAuth = smallBuilder();
  withAuth.queryType({
    fields: (t) => ({ hidden: t.withAuth({ ADMIN: {} as never }).string({ auth: ['PUBLIC'], resolve: () => '' }) }),
  });
  expect(() => withAuth.toSchema()).toThrow(complaint);

  const authField = smallBuilder();
  authField.queryType({
    fields: (t) => ({
      hidden: t.authField({ type: 'String', auth: ['PUBLIC'], authScopes: { ADMIN: {} as never }, resolve: () => '' }),
    }),
  });
  expect(() => authField.toSchema()).toThrow(complaint);
});

test('a directive written by hand, which nothing would enforce, is refused', () => {
  const extensions = { directives: { auth: { anyOf: ['ADMIN'] } } };
  const complaint = "sets @auth by hand, which would be shown without being enforced. Write auth: ['…'] instead.";
  expect(() => built({ type: { extensions } })).toThrow(`Thing ${complaint}`);
  expect(() => built({ field: { extensions } })).toThrow(`Thing.name ${complaint}`);
  expect(() => built({ enumValue: { extensions } })).toThrow(`Colour.RED ${complaint}`);
});

test('a field that is stricter than its type can be null, or says that it takes the object along', () => {
  const complaint = 'Thing.name may be refused to whom Thing lets in';
  expect(() => built({ field: { auth: ['ADMIN'] } })).toThrow(complaint);
  expect(() => built({ field: { auth: ['AUTHENTICATED', 'ADMIN'] } })).toThrow(
    'Add nullable: true, or takesParent: true',
  );
  expect(() => built({ field: { auth: ['ADMIN'], nullable: true } })).not.toThrow();
  expect(() => built({ field: { auth: ['ADMIN'], takesParent: true } })).not.toThrow();
  expect(() => built({ field: { auth: ['PUBLIC'] } })).not.toThrow();
  expect(() => built({ type: { auth: ['ADMIN'] }, field: { auth: ['ADMIN', 'AUTHENTICATED'] } })).not.toThrow();
});

test('other directives stay beside the rule', () => {
  const thing = built({ type: { extensions: { directives: { key: { fields: 'id' } } } } }).getType('Thing');
  expect(thing?.extensions['directives']).toEqual({ key: { fields: 'id' }, auth: [{ anyOf: ['PUBLIC'] }] });
});

test.each([
  ['an interface', { interface: AUTH }, 'Named is no object type. Put its access rule on the types that implement it.'],
  [
    'a field of an interface',
    { interfaceField: AUTH },
    'Named.name is a field of an interface. Put its access rule on the types that implement it.',
  ],
  ['a union', { union: AUTH }, 'Anything is no object type. Put its access rule on its members.'],
  ['a value of an enum', { enumValue: AUTH }, 'Colour.RED is no object type. Put its access rule on what holds it.'],
  ['the query type', { queryType: AUTH }, 'Query is no object type. Put its access rule on each of its fields.'],
])('a rule on %s, which would not be enforced, is refused', (_what, more, complaint) => {
  expect(() => built(more)).toThrow(complaint);
});

test('a root field cannot come in without a rule through the builder of ordinary objects', () => {
  for (const root of ['Query', 'Mutation', 'Subscription'] as const) {
    const builder = small({});
    builder.objectFields(root as never, (t) => ({ back: t.string({ resolve: () => 'door' }) }));
    expect(() => builder.toSchema()).toThrow(`${root}.back has no access rule.`);
  }
});

test.each([
  ['after scope-auth', [ScopeAuthPlugin, AccessPlugin]],
  ['without scope-auth', [AccessPlugin]],
])('the access plugin %s would enforce too little, and is refused', (_where, plugins) => {
  expect(() => built({ builder: { plugins } })).toThrow('Write plugins: [AccessPlugin, ScopeAuthPlugin, …].');
});

test.each([
  ['other scopes', () => ({ authScopes: () => ({ ADMIN: true }) })],
  ['a cache of its own', (made: object) => ({ ...made, cacheKey: () => 'the same for all' })],
  ['errors as refusals', (made: object) => ({ ...made, treatErrorsAsUnauthorized: true })],
])('scope-auth with %s is refused', (_what, change) => {
  const { access, scopeAuth } = smallBuilder().options;
  expect(() => built({ builder: { access, scopeAuth: change(scopeAuth) } })).toThrow(
    'Write scopeAuth: scopeAuthOptions(access).',
  );
});

test('scope-auth that enforces another vocabulary is refused', () => {
  const { scopeAuth } = smallBuilder().options;
  expect(() => built({ builder: { scopeAuth } })).toThrow('Write scopeAuth: scopeAuthOptions(access).');
});

test('disableScopeAuth, which would leave the rules shown and not enforced, is refused', () => {
  expect(() => small({}).toSchema({ disableScopeAuth: true })).toThrow('Remove it.');
});

const built = (more: Changes) => small(more).toSchema();

/** A schema with one of everything, all of it public but for the changes. */
function small(more: Changes) {
  const builder = smallBuilder(undefined, more.builder);
  const resolve = () => 'something';
  const Named = builder.interfaceRef<object>('Named').implement({
    fields: (t) => ({ name: t.string({ resolve, ...(more.interfaceField as object) }) }),
    ...(more.interface as object),
  });
  const Thing = builder.objectRef<object>('Thing').implement({
    ...AUTH,
    fields: (t) => ({ name: t.string({ resolve, ...(more.field as object) }) }),
    ...(more.type as object),
  });
  builder.objectRef<object>('Other').implement({ ...AUTH, interfaces: [Named] });
  builder.unionType('Anything', { types: [Thing], resolveType: () => Thing, ...(more.union as object) });
  builder.enumType('Colour', { values: { RED: { value: 'red', ...(more.enumValue as object) } } });
  builder.queryType({
    fields: (t) => ({ secret: t.string({ ...AUTH, resolve, ...(more.query as object) }) }),
    ...(more.queryType as object),
  });
  builder.mutationType({ fields: (t) => ({ change: t.string({ ...AUTH, resolve, ...(more.mutation as object) }) }) });
  builder.subscriptionType({
    fields: (t) => ({
      changed: t.string({
        ...AUTH,
        resolve,
        subscribe: async function* () {},
        ...(more.subscription as object),
      }),
    }),
  });
  return builder;
}

type Place =
  | 'query'
  | 'mutation'
  | 'subscription'
  | 'type'
  | 'field'
  | 'queryType'
  | 'enumValue'
  | 'interface'
  | 'interfaceField'
  | 'union';
type Changes = { [Where in Place | 'builder']?: object };
