import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { LOGIN, PASSWORD, type Person, startApp } from '../kit/app.ts';
import { createClient } from '../kit/client.ts';
import { opened } from '../kit/opened.ts';
import { forge, hs256 } from './forge.ts';

const MINUTE = 60_000;
const app = await startApp();
const me = (token: string, query = '{ me { id } }') => app.ask(query, {}, { authorization: `Bearer ${token}` });
const codeWith = async (token: string, query?: string) => (await me(token, query)).errors?.[0]?.extensions.code ?? null;
const bearing = (accessToken: string) => createClient(app.url, { authorization: `Bearer ${accessToken}` });

const REFRESH = 'mutation ($token: String!) { refresh(input: { refreshToken: $token }) { accessToken } }';

async function deletes(person: Person) {
  await app.as('root', 'ADMIN');
  await person.ask('mutation ($password: String!) { deleteMe(password: $password) }', { password: PASSWORD });
}

const disables = (person: Person) =>
  administer('mutation ($id: ID!) { setUserDisabled(userId: $id, disabled: true) { id } }', person);
const demotes = (person: Person) =>
  administer('mutation ($id: ID!) { setUserRole(userId: $id, role: USER) { id } }', person);
const logsOut = (person: Person) => person.ask('mutation { logout }');

async function administer(mutation: string, { id }: Person) {
  const { data } = await (await app.as('root', 'ADMIN')).ask(mutation, { id });
  expect(data).not.toBe(null);
}

test('an access token says who, in which session, with which rights, for a quarter of an hour, and nothing else', async () => {
  const ann = await app.as('ann');
  const { header, claims } = opened(ann.accessToken);
  expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: expect.any(String) });
  const iat = Math.floor(app.now().getTime() / 1000);
  const [session] = await app.db.session.findMany({ where: { userId: ann.id } });
  expect(claims).toEqual({
    iss: 'latchkey',
    aud: 'latchkey',
    sub: ann.id,
    sid: session?.id,
    role: 'USER',
    email_verified: false,
    auth_time: iat,
    ver: 0,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    iat,
    exp: iat + 15 * 60,
  });
  const again = await ann.ask(LOGIN, { input: { email: ann.email, password: PASSWORD } });
  expect(opened(again.data.login.accessToken).claims['jti']).not.toBe(claims['jti']);
});

test('it is taken to its last second, and is TOKEN_EXPIRED from then on, however long ago that was', async () => {
  const bob = await app.as('bob');
  await app.advance(15 * MINUTE - 1000 - (app.now().getTime() % 1000));
  expect(await codeWith(bob.accessToken)).toBe(null);
  await app.advance(1000);
  const { status, headers, errors } = await me(bob.accessToken);
  expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 401, code: 'TOKEN_EXPIRED' });
  expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  await app.advance(3 * 24 * 60 * MINUTE);
  expect(await codeWith(bob.accessToken)).toBe('TOKEN_EXPIRED');
});

test('TOKEN_EXPIRED is said of our own tokens only: an old one with anything wrong about it is INVALID_TOKEN', async () => {
  const { header, claims } = opened((await app.as('bob')).accessToken);
  const old = (claimed: object, header_: object = {}) => forge({ ...header, ...header_ }, { ...claims, ...claimed });
  expect(await codeWith(old({}))).toBe('TOKEN_EXPIRED');
  expect(await codeWith(forge(header, claims, hs256('another secret of thirty-two bytes')))).toBe('INVALID_TOKEN');
  for (const wrong of [
    { sub: 5 },
    { sid: 'x' },
    { role: 'ROOT' },
    { ver: '0' },
    { iss: 'x' },
    { aud: 'x' },
    { iat: 0 },
  ]) {
    expect(await codeWith(old(wrong)), Object.keys(wrong)[0]).toBe('INVALID_TOKEN');
  }
  expect(await codeWith(old({}, { typ: 'JWT' }))).toBe('INVALID_TOKEN');
});

test('where the lifetime was cut, tokens signed for longer live as long as those signed now', async () => {
  const short = await startApp({ besides: app, env: { ACCESS_TOKEN_TTL: '5m' } });
  const { accessToken } = await app.as('cut');
  const codeThere = () => short.codeOf('{ me { id } }', {}, { authorization: `Bearer ${accessToken}` });
  expect(await codeThere()).toBe(null);
  await short.advance(5 * MINUTE);
  expect(await codeThere()).toBe('TOKEN_EXPIRED');
  expect(await codeWith(accessToken)).toBe(null);
});

test('the fields that are public work with a header that is broken, expired, or of a session that has ended', async () => {
  const cat = await app.as('cat');
  const login = async () => (await app.ask(LOGIN, { input: { email: cat.email, password: PASSWORD } })).data.login;
  const [expired, ended] = [await login(), await login()];
  await app.advance(15 * MINUTE);
  const { data } = await app.ask(REFRESH, { token: ended.refreshToken });
  await bearing(data.refresh.accessToken).ask('mutation { logout }');

  const headers = {
    INVALID_TOKEN: 'nonsense',
    TOKEN_EXPIRED: expired.accessToken,
    SESSION_ENDED: data.refresh.accessToken,
  };
  for (const [code, token] of Object.entries(headers)) {
    const sender = bearing(token);
    expect(await sender.codeOf('{ me { id } }')).toBe(code);
    expect(await sender.ask('{ viewer { id } }')).toMatchObject({ status: 200, data: { viewer: null } });
    expect(await sender.codeOf(LOGIN, { input: { email: cat.email, password: PASSWORD } })).toBe(null);
    const { refreshToken } = await login();
    expect(await sender.codeOf(REFRESH, { token: refreshToken })).toBe(null);
  }
});

test('with data for another field the answer is 200, and the error still says why', async () => {
  const both = await me('nonsense', '{ __typename viewer { id } me { id } }');
  expect(both).toMatchObject({ status: 401, data: null, errors: [{ path: ['me'] }] });
  const partly = await me('nonsense', '{ __typename user(id: "x") { id } }');
  expect(partly).toMatchObject({ status: 200, errors: [{ extensions: { code: 'INVALID_TOKEN' } }] });
});

test.each([
  ['whose account was deleted', 'SESSION_ENDED', deletes],
  ['who was disabled', 'SESSION_ENDED', disables],
  ['whose rights were changed', 'TOKEN_EXPIRED', demotes],
  ['who logged out', 'SESSION_ENDED', logsOut],
])('a user %s feels it on the next request: %s', async (what, code, happens) => {
  const person = await app.as(what.replaceAll(' ', '-'), 'ADMIN');
  expect(await codeWith(person.accessToken, '{ users { totalCount } }')).toBe(null);
  await happens(person);
  expect(await codeWith(person.accessToken, '{ users { totalCount } }')).toBe(code);
  expect((await me(person.accessToken, '{ viewer { id } }')).data.viewer).toBe(null);
  const { data } = await app.ask(REFRESH, { token: person.refreshToken });
  const afterwards = data && (await codeWith(data.refresh.accessToken, '{ users { totalCount } }'));
  expect(afterwards).toBe(code === 'TOKEN_EXPIRED' ? 'FORBIDDEN' : null);
});

test('after logging out, no spelling of the token is taken', async () => {
  const dan = await app.as('dan');
  const spellings = spellingsOf(dan.accessToken);
  for (const spelling of spellings) expect(await codeWith(spelling), spelling.slice(-50)).toBe('INVALID_TOKEN');
  await dan.ask('mutation { logout }');
  expect(await codeWith(dan.accessToken)).toBe('SESSION_ENDED');
  for (const spelling of spellings) expect(await codeWith(spelling), spelling.slice(-50)).toBe('INVALID_TOKEN');
});

test('nor does the second signature help that anybody can make from one of ES256', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const env = { JWT_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  const es256 = await startApp({ besides: app, env });
  const { data } = await es256.ask(LOGIN, { input: { email: (await app.as('ann')).email, password: PASSWORD } });
  const [header, claims, signature = ''] = data.login.accessToken.split('.');
  const [r, s] = [signature.slice(0, 43), signature].map((text) => Buffer.from(text, 'base64url'));
  const other = (P256_ORDER - BigInt(`0x${s?.subarray(32).toString('hex')}`)).toString(16).padStart(64, '0');
  const twin = [header, claims, Buffer.concat([r as Buffer, Buffer.from(other, 'hex')]).toString('base64url')].join(
    '.',
  );

  const code = (token: string) => es256.codeOf('{ me { id } }', {}, { authorization: `Bearer ${token}` });
  expect(twin).not.toBe(data.login.accessToken);
  expect(await code(twin)).toBe(null);
  await es256.ask('mutation { logout }', {}, { authorization: `Bearer ${data.login.accessToken}` });
  expect(await code(twin)).toBe('SESSION_ENDED');
});

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** What lenient decoders of base64url take for the same signature, and other texts of one token. */
function spellingsOf(token: string) {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = ALPHABET.indexOf(token.slice(-1));
  // 32 bytes leave two bits of the last character that say nothing.
  const stray = [1, 2, 3].map((bits) => token.slice(0, -1) + ALPHABET[last ^ bits]);
  const dot = token.lastIndexOf('.') + 1;
  const otherAlphabet = token.slice(0, dot) + token.slice(dot).replaceAll('-', '+').replaceAll('_', '/');
  const padded = ['=', '==', '.', '%3D', '\u00a0', '!'].map((end) => token + end);
  return [...stray, ...padded, ...[otherAlphabet].filter((spelling) => spelling !== token), `.${token}`];
}
