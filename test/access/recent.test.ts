import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { PASSWORD, type Person, SECRET, startApp } from '../kit/app.ts';
import { schemaDeclaring, schemaWith } from './places.ts';

const app = await startApp();
const SET_ROLE = 'mutation ($userId: ID!) { setUserRole(userId: $userId, role: USER) { id } }';
const REAUTHENTICATE = `mutation ($password: String!) {
  reauthenticate(password: $password) { accessToken refreshToken expiresIn user { id } }
}`;
const REFRESH = 'mutation ($refreshToken: String!) { refresh(input: { refreshToken: $refreshToken }) { accessToken } }';
const MINUTE = 60_000;

const eve = await app.as('eve', 'ADMIN');
const ann = await app.as('ann');
const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` });
const setRole = (accessToken: string) => app.ask(SET_ROLE, { userId: ann.id }, bearer(accessToken));
const refreshed = async ({ refreshToken }: Pick<Person, 'refreshToken'>): Promise<string> =>
  (await app.ask(REFRESH, { refreshToken })).data.refresh.accessToken;

test('what others are done by an admin takes a sign-in of the last ten minutes, which a refresh is not', async () => {
  expect((await setRole(eve.accessToken)).errors).toBeUndefined();
  await app.advance(10 * MINUTE - 1000);
  expect((await setRole(eve.accessToken)).errors).toBeUndefined();
  await app.advance(3000);
  const answer = await setRole(await refreshed(eve));
  expect(answer.errors?.[0]?.extensions).toMatchObject({
    code: 'REAUTHENTICATION_REQUIRED',
    rule: { on: 'Mutation.setUserRole', anyOf: ['RECENT'] },
  });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer error="insufficient_user_authentication", max_age=600');
});

test('the password opens it for ten minutes more, and leaves the refresh token as it is', async () => {
  const stale = await refreshed(eve);
  const { data } = await app.ask(REAUTHENTICATE, { password: PASSWORD }, bearer(stale));
  expect(data.reauthenticate).toMatchObject({ refreshToken: null, user: { id: eve.id } });
  expect((await setRole(data.reauthenticate.accessToken)).errors).toBeUndefined();
  expect((await setRole(stale)).errors?.[0]?.extensions.code).toBe('REAUTHENTICATION_REQUIRED');
  expect((await setRole(await refreshed(eve))).errors).toBeUndefined();
});

test('a wrong password opens nothing, and counts as a guess', async () => {
  const codes = [];
  for (let n = 0; n < 11; n++) codes.push(await ann.codeOf(REAUTHENTICATE, { password: 'wrong' }));
  expect(codes).toEqual([...Array(10).fill('INVALID_CREDENTIALS'), 'RATE_LIMITED']);
});

test('nobody but who is signed in is asked for the password', async () => {
  expect(await app.codeOf(REAUTHENTICATE, { password: PASSWORD })).toBe('UNAUTHENTICATED');
  const bob = await app.as('bob');
  await bob.ask('mutation { logoutAll }');
  expect(await bob.codeOf(REAUTHENTICATE, { password: PASSWORD })).toBe('SESSION_ENDED');
});

test('who is not let in is not told to sign in again', async () => {
  await app.advance(11 * MINUTE);
  const cat = await app.as('cat');
  await app.advance(11 * MINUTE);
  expect(await cat.codeOf(SET_ROLE, { userId: ann.id })).toBe('FORBIDDEN');
});

test.each([
  ['changePassword', 'changePassword(input: { currentPassword: "x", newPassword: "y" })'],
  [
    'changePasswordAndRefresh',
    'changePasswordAndRefresh(input: { currentPassword: "x", newPassword: "y" }) { expiresIn }',
  ],
  ['deleteMe', 'deleteMe(password: "x")'],
  ['changeEmail', 'changeEmail(newEmail: "new@example.com", password: "x")'],
])('%s takes a recent sign-in before the password in it is looked at', async (name, field) => {
  const one = await app.as(`${name}.one`.toLowerCase());
  expect(await one.codeOf(`mutation { ${field} }`)).toBe('INVALID_CREDENTIALS');
  await app.advance(11 * MINUTE);
  expect(await one.codeOf(`mutation { ${field} }`)).toBe('REAUTHENTICATION_REQUIRED');
});

test('a token that does not say when its user signed in, or says a time to come, is none of now', async () => {
  const fay = await app.as('fay');
  const [header = '', payload = ''] = fay.accessToken.split('.');
  const { auth_time: _, ...claims } = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const signed = (more: object) =>
    new SignJWT({ ...claims, ...more })
      .setProtectedHeader(JSON.parse(Buffer.from(header, 'base64url').toString()))
      .sign(Buffer.from(SECRET));
  const deleteMe = async (more: object) =>
    app.codeOf('mutation { deleteMe(password: "x") }', {}, bearer(await signed(more)));
  expect(await deleteMe({ auth_time: claims.iat })).toBe('INVALID_CREDENTIALS');
  expect(await deleteMe({})).toBe('REAUTHENTICATION_REQUIRED');
  expect(await deleteMe({ auth_time: claims.iat - 700 })).toBe('REAUTHENTICATION_REQUIRED');
  expect(await deleteMe({ auth_time: claims.iat + 3600 })).toBe('REAUTHENTICATION_REQUIRED');
  expect(await deleteMe({ auth_time: 'now' })).toBe('INVALID_TOKEN');
});

test.each([
  ['Query.me', { allOf: ['RECENT'] }],
  ['User', { allOf: ['RECENT'] }],
  ['User.name', { auth: ['OWNER'], allOf: ['RECENT'] }],
])('%s may ask for a recent sign-in as well, of those alone whom its rule lets in', async (place, options) => {
  const { ask, as, advance } = await startApp({ schema: schemaDeclaring(place, options) });
  const gus = await as('gus');
  const root = await as('root', 'ADMIN');
  const codeOf = async (person: Person, query: string) => (await person.ask(query)).errors?.[0]?.extensions.code;
  const own = '{ me { name } }';
  const others = `{ user(id: "${gus.id}") { name } }`;
  expect(await codeOf(gus, own)).toBeUndefined();
  await advance(11 * MINUTE);
  expect(await codeOf(gus, own)).toBe('REAUTHENTICATION_REQUIRED');
  expect(await codeOf(root, others)).toBe(
    { 'Query.me': undefined, User: 'REAUTHENTICATION_REQUIRED', 'User.name': 'FORBIDDEN' }[place],
  );
  expect((await ask(own)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('what must hold besides is declared like a rule, and is about the viewer alone', () => {
  const place = 'Mutation.setUserRole';
  const declaring = (allOf: string[]) => () => schemaDeclaring(place, { allOf });
  expect(declaring([])).toThrow(`${place} (allOf) has no access rule.`);
  expect(declaring(['NOBODY'])).toThrow(`${place} (allOf) names an access rule that does not exist: NOBODY.`);
  expect(declaring(['RECENT', 'RECENT'])).toThrow(`${place} (allOf) names an access rule twice`);
  expect(declaring(['OWNER'])).toThrow(`${place} has OWNER in allOf, which is about an object.`);
  expect(declaring(['ADMIN'])).toThrow(`${place} names ADMIN in auth and in allOf.`);
  expect(() => schemaDeclaring('User.name', { allOf: ['RECENT'] })).toThrow('User.name has no access rule.');
  expect(() => schemaWith('Query.me', ['RECENT'])).not.toThrow();
});
