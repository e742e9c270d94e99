import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { startIssuer } from './issuer.ts';

const issuer = await startIssuer();
const app = await startApp({ env: { TRUSTED_ISSUERS: JSON.stringify([issuer.trusted]) } });
const ME = '{ me { id email emailVerified role } }';

const ask = (token: string) => app.ask(ME, {}, { authorization: `Bearer ${token}` });
const codeOf = async (token: string) => (await ask(token)).errors?.[0]?.extensions.code ?? null;
const sign = (claims: object, options: object = {}) =>
  issuer.sign({ sub: 'ann', ...claims }, { now: app.now(), ...options });
const seconds = () => Math.floor(app.now().getTime() / 1000);

test('a token of an issuer that is trusted is taken, on both paths', async () => {
  const token = await sign({ email: 'Ann@Example.com', email_verified: true });
  expect((await ask(token)).data.me).toMatchObject({ email: 'ann@example.com', emailVerified: true, role: 'USER' });
  const byGet = await fetch(`${app.url}/graphql?query=${encodeURIComponent(ME)}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
  });
  expect((await byGet.json()).data.me.email).toBe('ann@example.com');
});

test.each<[string, object, object?]>([
  ['another audience', { aud: 'another-api' }],
  ['no audience', { aud: undefined }],
  ['no subject', { sub: undefined }],
  ['an empty subject', { sub: '' }],
  ['a subject that is no text', { sub: 5 }],
  ['a subject without end', { sub: 'x'.repeat(300) }],
  ['a subject that no text can hold', { sub: 'a\0b' }],
  ['no end', { exp: undefined }],
  ['no beginning', { iat: undefined }],
  ['a beginning that is to come', { iat: seconds() + 3600, exp: seconds() + 7200 }],
  ['a beginning long ago', { iat: seconds() - 100_000 }],
  ['a nonce, which is an ID token', { nonce: 'n' }],
  ['the hash of an access token, which is an ID token', { at_hash: 'h' }],
  ['the type of an ID token, as Keycloak has it', { typ: 'ID' }],
  ['events, which is a logout token', { events: {} }],
  ['a key that whoever sends it must have', { cnf: { jkt: 'k' } }],
  ['a type of its own', {}, { header: { typ: 'rt+jwt' } }],
  ['a key that it brings along', {}, { header: { jwk: { kty: 'OKP' } } }],
  ['what would have to be understood', {}, { header: { crit: ['b64'], b64: true } }],
  ['an address of keys', {}, { header: { jku: 'https://evil.example.com' } }],
  ['a key that nobody knows', {}, { header: { kid: 'nobody' } }],
  ['another issuer', { iss: 'https://another.example.com' }],
  ['our own issuer', { iss: 'latchkey' }],
])('one with %s is not', async (_name, claims, options = {}) => {
  expect(await codeOf(await sign({ iat: seconds(), ...claims }, options))).toBe('INVALID_TOKEN');
});

test('nor one that another key has signed, or none, or the public key as a secret', async () => {
  const other = await generateKeyPair('EdDSA', { extractable: true });
  const [key] = issuer.keys;
  if (!key) throw new Error('No key.');
  expect(await codeOf(await sign({}, { key: { ...key, privateKey: other.privateKey } }))).toBe('INVALID_TOKEN');
  const claims = {
    iss: issuer.trusted['issuer'] as string,
    aud: 'latchkey-api',
    sub: 'ann',
    iat: seconds(),
    exp: seconds() + 60,
  };
  expect(await codeOf(new UnsecuredJWT(claims).encode())).toBe('INVALID_TOKEN');
  const pem = await exportSPKI((await importJWK(key.jwk)) as CryptoKey);
  const confused = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(Buffer.from(pem));
  expect(await codeOf(await confused)).toBe('INVALID_TOKEN');
  expect(await codeOf(`${await sign({})}x`)).toBe('INVALID_TOKEN');
  expect(await codeOf(await sign({ long: 'x'.repeat(4096) }))).toBe('INVALID_TOKEN');
});

test('a type that says what it is, and the one that Keycloak says inside, are taken', async () => {
  for (const typ of ['JWT', 'at+jwt', 'application/at+jwt']) {
    expect(await codeOf(await sign({ typ: 'Bearer' }, { header: { typ } }))).toBe(null);
  }
});

test('a token of ours is taken as before', async () => {
  expect(await (await app.as('local')).codeOf(ME)).toBe(null);
});

test('one that has expired is TOKEN_EXPIRED, at its time', async () => {
  const token = await sign({ exp: seconds() + 30 });
  expect(await codeOf(token)).toBe(null);
  await app.advance(31_000);
  expect(await codeOf(token)).toBe('TOKEN_EXPIRED');
});

test('nobody is asked about a token that names nobody who is trusted', async () => {
  const { asked } = issuer.manner;
  await codeOf(await sign({ iss: 'https://another.example.com' }, { header: { kid: 'unknown' } }));
  expect(issuer.manner.asked).toBe(asked);
});
