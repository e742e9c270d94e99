import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { comparable } from '../kit/comparable.ts';

const { as, ask } = await startApp();
const ann = await as('ann');
const bob = await as('bob');
const eve = await as('eve', 'ADMIN');

/** Ann's, and an id of the same form that is nobody's. */
const hers = { user: ann.id };
const nobodys = () => ({ user: randomUUID() });

/** What a path answers to a stranger, and whether the owner gets through; an admin always does. */
const PATHS: [string, string, owner: boolean][] = [
  ['reads a user', 'query ($user: ID!) { user(id: $user) { email } }', true],
  ['asks for the type of a user', 'query ($user: ID!) { user(id: $user) { __typename } }', true],
  ['reads a user beside themselves', 'query ($user: ID!) { me { __typename } user(id: $user) { id } }', true],
  ['reads a user twice', 'query ($user: ID!) { a: user(id: $user) { id } b: user(id: $user) { name } }', true],
  ['asks what may be done to a user', 'query ($user: ID!) { user(id: $user) { viewerCan { setRole } } }', true],
  ['makes a user an admin', 'mutation ($user: ID!) { setUserRole(userId: $user, role: USER) { id } }', false],
  ['disables a user', 'mutation ($user: ID!) { setUserDisabled(userId: $user, disabled: false) { id } }', false],
];

test.each(PATHS)('a stranger who %s gets the same answer for hers as for nobody’s', async (_what, query) => {
  const before = await everythingOf();
  const foreign = comparable(await bob.ask(query, hers));
  expect(foreign).toEqual(comparable(await bob.ask(query, nobodys())));
  expect(foreign.body.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(JSON.stringify(foreign.body)).not.toContain('ann@');
  expect(await everythingOf()).toEqual(before);
});

test.each(PATHS)('somebody anonymous who %s is UNAUTHENTICATED, for hers as for nobody’s', async (_what, query) => {
  const foreign = comparable(await ask(query, hers));
  expect(foreign).toEqual(comparable(await ask(query, nobodys())));
  expect(foreign.status).toBe(401);
  expect(foreign.body.errors?.map(({ extensions }) => extensions.code)).toContain('UNAUTHENTICATED');
  expect(Object.values(foreign.body.data ?? {}).filter((value) => value !== null)).toEqual([]);
});

test.each(PATHS)('whether the owner or an admin who %s gets through', async (_what, query, owner) => {
  expect(await ann.codeOf(query, hers)).toBe(owner ? null : 'FORBIDDEN');
  expect(await eve.codeOf(query, hers)).toBe(null);
});

test('the list of users is an admin’s, and nobody else learns who is in it', async () => {
  for (const query of ['{ users { nodes { email } } }', '{ users(search: "ann") { totalCount } }']) {
    expect(await bob.codeOf(query)).toBe('FORBIDDEN');
    expect(await ask(query)).toMatchObject({ status: 401, data: null });
    expect(await eve.codeOf(query)).toBe(null);
  }
});

test('a cursor of another list is no cursor, whoever’s it is', async () => {
  const { cursor } = (await eve.ask('{ users { edges { cursor } } }')).data.users.edges[0];
  const AFTER = 'query ($cursor: String!) { users(after: $cursor) { totalCount } }';
  expect(await eve.codeOf(AFTER, { cursor })).toBe(null);
  expect(await bob.codeOf(AFTER, { cursor })).toBe('FORBIDDEN');
  const foreign = Buffer.from(cursor, 'base64url').toString().replace('users', 'others');
  expect(await eve.codeOf(AFTER, { cursor: Buffer.from(foreign).toString('base64url') })).toBe('BAD_USER_INPUT');
});

test('a stranger ends nobody else’s session, and is not told whether there is one', async () => {
  const cleo = await as('cleo');
  const { id } = (await cleo.ask('{ sessions { id } }')).data.sessions[0];
  const END = 'mutation ($id: ID!) { revokeSession(id: $id) }';
  const foreign = comparable(await bob.ask(END, { id }));
  expect(foreign).toEqual(comparable(await bob.ask(END, { id: randomUUID() })));
  expect(foreign.body.data).toEqual({ revokeSession: false });
  expect(await cleo.codeOf('{ me { id } }')).toBe(null);
  expect((await cleo.ask(END, { id })).data).toEqual({ revokeSession: true });
  expect(await cleo.codeOf('{ me { id } }')).toBe('SESSION_ENDED');
});

const everythingOf = async () => (await ann.ask('{ me { email name role disabled } sessions { id } }')).data;
