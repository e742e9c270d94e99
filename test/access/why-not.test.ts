import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/errors.ts';
import { builder } from '../../src/graphql/builder.ts';
import { SECRET, startApp, type TestApp } from '../kit/app.ts';
import { comparable } from '../kit/comparable.ts';
import { type Newcomer, newcomer } from './people.ts';
import { schemaWith, shownAt } from './places.ts';

let shown: unknown;
builder.queryField('heldSession', (t) =>
  t.field({ type: 'Session' as never, nullable: true, auth: ['PUBLIC'], resolve: () => shown as never }),
);
builder.queryField('onlyAdmins', (t) => t.boolean({ auth: ['ADMIN'], nullable: true, resolve: () => true }));
builder.mutationField('renameSession', (t) =>
  t.boolean({
    auth: ['OWNER', 'ADMIN'],
    deny: 'NOT_FOUND',
    args: { id: t.arg.id({ required: true, refersTo: 'Session' }) },
    resolve: () => true,
  }),
);
const SessionChange = builder.objectRef<{ ownerId: string }>('SessionChange').implement({
  auth: ['OWNER', 'ADMIN'],
  owner: 'ownerId',
  fields: (t) => ({ kind: t.string({ resolve: () => 'UPDATED' }) }),
});
if (!builder.configStore.hasConfig('Subscription' as never)) builder.subscriptionType();
builder.subscriptionField('anyChange', (t) =>
  t.field({
    type: SessionChange,
    auth: ['PUBLIC'],
    // As if a stream had mixed up to whom its events belong.
    subscribe: async function* () {
      yield { ownerId: randomUUID() };
    },
    resolve: (change) => change as never,
  }),
);
builder.subscriptionField('forAdmins', (t) =>
  t.boolean({
    auth: ['ADMIN'],
    subscribe: async function* () {
      yield {};
    },
    resolve: () => true,
  }),
);

const schema = schemaWith('Session.userAgent', ['ADMIN']);
const development = await startApp({ schema });
const production = await startApp({
  schema,
  env: { NODE_ENV: 'production', JWT_SECRET: SECRET, DATA_DIR: '.latchkey', TRUST_PROXY: '1' },
});

const HTTPS = { 'x-forwarded-proto': 'https' };
const UPDATE = 'mutation ($session: ID!) { renameSession(id: $session) }';
const USER = 'query ($user: ID!) { user(id: $user) { email } }';

/** What somebody asks, who is not let in; the code, and the rule that does not let them in, on what. */
const REFUSALS: [string, 'nobody' | 'stranger' | 'owner', string, ErrorCode, string, string[]][] = [
  ['a root field', 'nobody', '{ me { id } }', 'UNAUTHENTICATED', 'Query.me', ['AUTHENTICATED']],
  ['a root field', 'stranger', '{ onlyAdmins }', 'FORBIDDEN', 'Query.onlyAdmins', ['ADMIN']],
  ["a root field about somebody's own", 'stranger', USER, 'FORBIDDEN', 'Query.user', ['OWNER', 'ADMIN']],
  ['a mutation that denies', 'stranger', UPDATE, 'NOT_FOUND', 'Mutation.renameSession', ['OWNER', 'ADMIN']],
  ['a mutation that denies', 'nobody', UPDATE, 'UNAUTHENTICATED', 'Mutation.renameSession', ['OWNER', 'ADMIN']],
  ['a type', 'stranger', '{ heldSession { id } }', 'FORBIDDEN', 'Session', ['OWNER', 'ADMIN']],
  ['a type', 'nobody', '{ heldSession { __typename } }', 'UNAUTHENTICATED', 'Session', ['OWNER', 'ADMIN']],
  [
    'a field that tightens its type',
    'owner',
    '{ heldSession { userAgent } }',
    'FORBIDDEN',
    'Session.userAgent',
    ['ADMIN'],
  ],
  ['a stream', 'stranger', 'subscription { forAdmins }', 'FORBIDDEN', 'Subscription.forAdmins', ['ADMIN']],
  ['a stream', 'nobody', 'subscription { forAdmins }', 'UNAUTHENTICATED', 'Subscription.forAdmins', ['ADMIN']],
  ['an event', 'stranger', 'subscription { anyChange { kind } }', 'FORBIDDEN', 'SessionChange', ['OWNER', 'ADMIN']],
];

test.each(REFUSALS)(
  '%s says to %s which rule refuses, in production as in development, and no more: %s',
  async (_what, who, query, code, on, anyOf) => {
    for (const app of [development, production]) {
      const [error, ...more] = await errorsOf(app, who, query);
      expect(more).toEqual([]);
      expect(error?.extensions).toEqual({ code, rule: { on, anyOf } });
      expect(error?.message).toBe(ERRORS[code].sentence);
    }
  },
);

test('what it says is in the SDL', () => {
  for (const [, , , , on, anyOf] of REFUSALS) expect(shownAt(on, schema).rule).toEqual(anyOf);
});

test('what no rule refuses names none', async () => {
  const login = 'mutation { login(input: { email: "nobody@example.com", password: "wrong" }) { tokenType } }';
  const [error] = await errorsOf(development, 'nobody', login);
  expect(error?.extensions).toEqual({ code: 'INVALID_CREDENTIALS' });
});

test.each([UPDATE, USER])('the rule tells nobody whether there is what they name: %s', async (query) => {
  const [owner, stranger] = [await newcomer(production), await newcomer(production)];
  const foreign = await stranger.ask(query, idsOf(owner), HTTPS);
  const missing = await stranger.ask(query, { session: randomUUID(), user: randomUUID() }, HTTPS);
  expect(foreign.errors?.[0]?.extensions).toHaveProperty('rule');
  expect(comparable(foreign)).toEqual(comparable(missing));
});

/** Refusals of a stream come before it or as its events; either way as one JSON text to an event. */
async function errorsOf(app: TestApp, who: 'nobody' | 'stranger' | 'owner', query: string) {
  const owner = await newcomer(app);
  shown = owner.session;
  const asker = who === 'owner' ? owner : await newcomer(app);
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: query.startsWith('subscription') ? 'text/event-stream' : 'application/json',
      ...HTTPS,
      ...(who !== 'nobody' && { authorization: `Bearer ${asker.tokens.accessToken}` }),
    },
    body: JSON.stringify({ query, variables: query.includes('$') ? idsOf(owner) : {} }),
  });
  const [json = ''] = /\{.*\}/.exec(await response.text()) ?? [];
  return JSON.parse(json).errors as { message: string; extensions: object }[];
}

const idsOf = ({ session, user }: Newcomer) => ({ session: session.id, user: user.id });
