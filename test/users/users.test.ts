import naughty from 'big-list-of-naughty-strings';
import { beforeAll, expect, test } from 'vitest';
import { PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { sampleOf } from '../kit/thorough.ts';

const { as, ask, codeOf, db } = await startApp();
const ann = await as('ann');
const root = await as('root', 'ADMIN');

const UPDATE_ME = 'mutation ($input: UpdateMeInput!) { updateMe(input: $input) { id name email } }';
const USERS = `query ($first: Int, $after: String, $last: Int, $before: String, $search: String) {
  users(first: $first, after: $after, last: $last, before: $before, search: $search) {
    totalCount nodes { email name } edges { cursor } pageInfo { hasNextPage hasPreviousPage }
  }
}`;

test('a name is changed, kept when it is left out, cleared by null, and stored without the space around it', async () => {
  const change = async (input: object) => (await ann.ask(UPDATE_ME, { input })).data.updateMe;
  expect(await change({ name: '  Ann  Lee\n' })).toEqual({ id: ann.id, name: 'Ann  Lee', email: 'ann@example.com' });
  expect(await change({})).toMatchObject({ name: 'Ann  Lee' });
  expect((await ann.ask('{ me { name } }')).data.me.name).toBe('Ann  Lee');
  expect(await change({ name: '\u{1F600}'.repeat(100) })).toMatchObject({ name: '\u{1F600}'.repeat(100) });
  expect(await change({ name: null })).toMatchObject({ name: null });
  expect(await change({ name: ' ' })).toMatchObject({ name: null });
  expect((await root.ask('{ me { name } }')).data.me.name).toBe('root');
});

test.each([
  ['name', 'x'.repeat(101), 'Must have at most 100 characters.'],
  ['name', '\u{1F600}'.repeat(101), 'Must have at most 100 characters.'],
  ['name', 'a\0', 'Must not hold NUL or half a character.'],
  ['name', '\uD800', 'Must not hold NUL or half a character.'],
  ['name', 5, 'Must be of type String.'],
  ['email', 'other@example.com', 'There is no such field.'],
  ['role', 'ADMIN', 'There is no such field.'],
  ['id', '1', 'There is no such field.'],
])('a %s of %j is refused by its name, at signup as in updateMe, and nothing changes', async (field, value, reason) => {
  const before = await db.user.findMany();
  const refusal = { errors: [{ extensions: { code: 'BAD_USER_INPUT', fields: { [`input.${field}`]: reason } } }] };
  expect(await ann.ask(UPDATE_ME, { input: { [field]: value } })).toMatchObject(refusal);
  if (field !== 'email') {
    const input = { email: 'new@example.com', password: PASSWORD, [field]: value };
    expect(await ask(SIGNUP, { input })).toMatchObject(refusal);
  }
  expect(await db.user.findMany()).toEqual(before);
});

test('only who is signed in has a name to change', async () => {
  expect(await codeOf(UPDATE_ME, { input: { name: 'x' } })).toBe('UNAUTHENTICATED');
});

test('every naughty string is a name stored intact, or refused as BAD_USER_INPUT', async () => {
  for (const string of sampleOf(naughty)) {
    const { data, errors } = await ann.ask(UPDATE_ME, { input: { name: string } });
    if (errors)
      expect([errors[0]?.extensions.code, [...string].length > 100], string).toEqual(['BAD_USER_INPUT', true]);
    else expect(data.updateMe.name, string).toBe(string.trim() || null);
    const search = [...string].slice(0, 200).join('');
    const asked = await root.ask(
      'query ($id: ID!, $search: String) { user(id: $id) { id } users(search: $search) { totalCount } }',
      { id: string, search },
    );
    const codes = asked.errors?.map(({ extensions }) => extensions.code);
    expect(codes, string).toEqual(string.startsWith('\uFEFF') ? ['BAD_USER_INPUT'] : undefined);
  }
}, 60_000);

test.each([
  ['users', USERS],
  ["another's user", 'query ($id: ID!) { user(id: $id) { email } }'],
])('%s: for admins only', async (_name, query) => {
  expect(await codeOf(query, { id: root.id })).toBe('UNAUTHENTICATED');
  expect(await ann.codeOf(query, { id: root.id, search: 'ann' })).toBe('FORBIDDEN');
  expect(await root.codeOf(query, { id: ann.id })).toBe(null);
});

test('a user asks for themselves, and learns nothing of who else exists', async () => {
  const query = 'query ($id: ID!) { user(id: $id) { email } }';
  expect((await ann.ask(query, { id: ann.id })).data.user).toEqual({ email: ann.email });
  const answers = [];
  for (const id of [root.id, '0196a000-0000-7000-8000-000000000000', 'x', '']) {
    const { status, data, errors } = await ann.ask(query, { id });
    answers.push(JSON.stringify([status, data, errors]));
  }
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toContain('FORBIDDEN');
  expect((await root.ask(query, { id: '0196a000-0000-7000-8000-000000000000' })).data.user).toBe(null);
});

test('viewer is null, without an error, for whoever is not signed in', async () => {
  expect(await ask('{ viewer { email } }')).toMatchObject({ status: 200, data: { viewer: null } });
  expect(await codeOf('{ viewer { email } }')).toBe(null);
  expect((await ann.ask('{ viewer { email } }')).data.viewer).toEqual({ email: ann.email });
});

test('viewer is null for whoever sent a token that cannot be used, and the answer says why beside it', async () => {
  const { url, advance, ask, as } = await startApp();
  const eve = await as('eve');
  const refused = async (authorization: string, accept = 'application/json') => {
    const body = JSON.stringify({ query: '{ viewer { email } }' });
    const headers = { 'content-type': 'application/json', authorization, accept };
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([200, 'Bearer error="invalid_token"']);
    return response.json();
  };
  const answer = (code: string) => ({ data: { viewer: null }, extensions: { viewer: { code } } });
  expect(await refused('Bearer nonsense')).toEqual(answer('INVALID_TOKEN'));
  await advance(16 * 60_000);
  // The second is no longer the common request, and takes the other path.
  for (const accept of ['application/json', 'application/json;q=0.9']) {
    expect(await refused(`Bearer ${eve.accessToken}`, accept)).toEqual(answer('TOKEN_EXPIRED'));
  }
  const kim = await as('kim');
  await kim.ask('mutation { logout }');
  expect(await refused(`Bearer ${kim.accessToken}`)).toEqual(answer('SESSION_ENDED'));

  const { headers, data } = await ask('{ viewer { email } }', {}, { authorization: 'Basic eDp5' });
  expect([headers.get('www-authenticate'), data]).toEqual([null, { viewer: null }]);
  expect((await eve.ask('{ __typename }')).headers.get('www-authenticate'), 'nobody asked for the viewer').toBeNull();
});

test('whatever the admin loads, no password hash is in it', async () => {
  const answer = await root.ask('{ users(first: 100) { nodes { id email name role disabled createdAt } } }');
  expect(JSON.stringify(answer)).not.toContain('argon2');
  expect(await root.codeOf('{ users { nodes { password } } }')).toBe('BAD_USER_INPUT');
});

test('users come in the order in which they signed up, a page at a time, and by no cursor of another list', async () => {
  const all = (await root.ask(USERS, { first: 100 })).data.users;
  const created = await db.user.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  expect(all.nodes).toEqual(created.map(({ email, name }) => ({ email, name })));
  expect(all.totalCount).toBe(created.length);
  const after = all.edges[0].cursor;
  expect((await root.ask(USERS, { first: 1, after })).data.users).toMatchObject({
    nodes: [all.nodes[1]],
    totalCount: all.totalCount,
  });
  expect((await root.ask(USERS, { last: 1, before: all.edges[1].cursor })).data.users.nodes).toEqual([all.nodes[0]]);
  const elsewhere = Buffer.from(after, 'base64url').toString().replace('users', 'others');
  const foreign = Buffer.from(elsewhere).toString('base64url');
  for (const bad of [foreign, '', 'x', '\0']) expect(await root.codeOf(USERS, { after: bad })).toBe('BAD_USER_INPUT');
  for (const size of [{ first: 101 }, { last: -1 }, { first: 1, last: 1 }])
    expect(await root.codeOf(USERS, size)).toBe('BAD_USER_INPUT');
});

const found = async (search: unknown) =>
  (await root.ask(USERS, { search })).data.users.nodes.map(({ email }: { email: string }) => email);

beforeAll(async () => {
  const people = [
    ['élodie@search.test', 'Élodie'],
    ['under_score@search.test', null],
    ['percent@search.test', '100% \\o/'],
  ] as const;
  for (const [email, name] of people) await db.user.create({ data: { email, name, createdAt: new Date() } });
});

test.each([
  ['SEARCH.TEST', 3],
  ['éLODIE', 1],
  ['under_', 1],
  ['0%', 1],
  ['\\O', 1],
  ['und_r', 0],
  ['%search', 0],
  ['nobody', 0],
])('the search for %j, in emails and names, in any case, finds %i', async (search, count) => {
  expect(await found(search)).toHaveLength(count);
  expect((await root.ask(USERS, { search, first: 0 })).data.users.totalCount).toBe(count);
});

test('no search, or one for nothing, finds all; one that cannot be is refused', async () => {
  const all = await db.user.count();
  for (const search of [null, '', undefined]) expect(await found(search)).toHaveLength(all);
  for (const search of ['\0', '\uD800', 'x'.repeat(201), 5]) {
    expect(await root.ask(USERS, { search })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT', fields: { search: expect.any(String) } } }],
    });
  }
});
