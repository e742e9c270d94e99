import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect, test } from 'vitest';
import { verifyJwt } from '../../src/tokens/jwt.ts';
import { LOGIN, PASSWORD, SECRET, startApp, type TestApp } from '../kit/app.ts';
import { opened } from '../kit/opened.ts';
import { forge, hmac } from './forge.ts';

const OLD = SECRET;
const NEW = 'nW7xQ2pL5vB8zT1yK4hJ9rD6cF3gM0sA';
const app = await startApp();
await app.as('ann');

test('a secret is replaced without signing anybody out, and removed for good', async () => {
  const before = await signIn(app);
  const both = await startApp({ besides: app, env: { JWT_SECRET: `${NEW} ${OLD}` } });
  expect(await me(both, before.accessToken)).toBe(null);
  const refreshed = await refresh(both, before.refreshToken);
  expect(kidOf(refreshed.accessToken)).not.toBe(kidOf(before.accessToken));
  expect(await me(both, refreshed.accessToken)).toBe(null);

  const after = await startApp({ besides: app, env: { JWT_SECRET: NEW } });
  expect(await me(after, refreshed.accessToken)).toBe(null);
  expect(await refresh(after, refreshed.refreshToken)).toMatchObject({ accessToken: expect.any(String) });
  expect(await me(after, before.accessToken)).toBe('INVALID_TOKEN');
  expect(await refresh(after, before.refreshToken)).toBe('REFRESH_REJECTED');
  expect(await me(app, refreshed.accessToken)).toBe('INVALID_TOKEN');
  expect(await refresh(app, refreshed.refreshToken)).toBe('REFRESH_REJECTED');
});

test('a refresh token of a secret that is gone is refused, and is not taken for theft', async () => {
  const { accessToken, refreshToken } = await signIn(app);
  const rotated = await startApp({ besides: app, env: { JWT_SECRET: NEW } });
  expect(await refresh(rotated, refreshToken)).toBe('REFRESH_REJECTED');
  expect(await refresh(app, refreshToken)).toMatchObject({ accessToken: expect.any(String) });
  expect(await me(app, accessToken)).toBe(null);
});

test('a key pair is replaced likewise: the first signs, all verify and are published, a removed one does neither', async () => {
  const [first, second] = [ed25519(), ed25519()];
  const one = await startApp({ besides: app, env: { JWT_PRIVATE_KEY: first } });
  const two = await startApp({ besides: app, env: { JWT_PRIVATE_KEY: `${second}\n${first}` } });
  const last = await startApp({ besides: app, env: { JWT_PRIVATE_KEY: second } });
  const [byFirst, bySecond] = [await signIn(one), await signIn(two)];
  const kids = [kidOf(bySecond.accessToken), kidOf(byFirst.accessToken)];
  expect(await published(two)).toEqual(kids);
  expect(await me(two, byFirst.accessToken)).toBe(null);
  expect(await me(last, bySecond.accessToken)).toBe(null);
  expect(await published(last)).toEqual([kids[0]]);
  expect(await me(last, byFirst.accessToken)).toBe('INVALID_TOKEN');
  expect(await me(one, bySecond.accessToken)).toBe('INVALID_TOKEN');
});

test('from a secret to a key pair nobody is signed out: publish it, then sign with it', async () => {
  const key = ed25519();
  const secret = await signIn(app);
  const publishing = await startApp({ besides: app, env: { JWT_PRIVATE_KEY: key, JWT_ALGORITHM: 'HS256' } });
  expect(await published(publishing)).toHaveLength(1);
  expect(algOf((await signIn(publishing)).accessToken)).toBe('HS256');

  const signing = await startApp({ besides: app, env: { JWT_PRIVATE_KEY: key } });
  expect(await me(signing, secret.accessToken)).toBe(null);
  const refreshed = await refresh(signing, secret.refreshToken);
  expect(algOf(refreshed.accessToken)).toBe('EdDSA');
  expect(await me(signing, refreshed.accessToken)).toBe(null);
  expect(await me(publishing, refreshed.accessToken)).toBe(null);
  expect(await me(app, refreshed.accessToken)).toBe('INVALID_TOKEN');
});

test.each([
  ['EdDSA', ed25519()],
  ['ES256', p256()],
  ['RS256', rsa()],
])('JWT_ALGORITHM chooses who signs: %s', async (algorithm, key) => {
  const others = [ed25519(), p256(), rsa()].join('\n');
  const chosen = await startApp({ besides: app, env: { JWT_PRIVATE_KEY: others, JWT_ALGORITHM: algorithm } });
  const { accessToken, refreshToken } = await signIn(chosen);
  expect(opened(accessToken).header).toEqual({ alg: algorithm, typ: 'at+jwt', kid: expect.any(String) });
  expect((await published(chosen))[0]).toBe(kidOf(accessToken));
  expect(await me(chosen, accessToken)).toBe(null);
  expect(await refresh(chosen, refreshToken)).toMatchObject({ accessToken: expect.any(String) });

  const alone = await startApp({ besides: app, env: { JWT_PRIVATE_KEY: key } });
  expect(algOf((await signIn(alone)).accessToken), 'and needs not be said where the key says it').toBe(algorithm);
  expect(await me(alone, accessToken), 'another key of the same kind').toBe('INVALID_TOKEN');
});

test('a key has one algorithm, even where another key of its kind has another', async () => {
  const key = (kid: string, alg: string) => {
    const secret = createSecretKey(Buffer.from(kid.repeat(64)));
    return { kid, alg, signing: secret, verifying: secret };
  };
  const keys = [key('a', 'HS256'), key('b', 'HS512')];
  const expected = { typ: 'JWT', issuer: 'x', audience: 'x', claims: [], maxAge: 60_000, now: new Date(1000) };
  const claims = { iss: 'x', aud: 'x', iat: 1 };
  const signed = (kid: string, alg: string, hash: string) =>
    verifyJwt(forge({ typ: 'JWT', kid, alg }, claims, hmac(hash, kid.repeat(64))), keys, expected);
  expect(await signed('a', 'HS256', 'sha256')).toEqual(claims);
  expect(await signed('b', 'HS512', 'sha512')).toEqual(claims);
  await expect(signed('a', 'HS512', 'sha512')).rejects.toThrow('None of our keys and headers.');
  await expect(signed('b', 'HS256', 'sha256')).rejects.toThrow('None of our keys and headers.');
});

async function signIn(server: TestApp): Promise<Tokens> {
  const { data } = await server.ask(LOGIN, { input: { email: 'ann@example.com', password: PASSWORD } });
  return data.login;
}

/** The new tokens, or the code of the refusal. */
async function refresh(server: TestApp, token: string) {
  const { data, errors } = await server.ask(REFRESH, { token });
  return data?.refresh ?? errors?.[0]?.extensions.code;
}

const me = (server: TestApp, token: string) => server.codeOf('{ me { id } }', {}, { authorization: `Bearer ${token}` });

async function published(server: TestApp): Promise<string[]> {
  const { keys } = await (await fetch(`${server.url}/.well-known/jwks.json`)).json();
  return keys.map(({ kid }: { kid: string }) => kid);
}

const kidOf = (token: string) => opened(token).header['kid'];
const algOf = (token: string) => opened(token).header['alg'];

function pem({ privateKey }: { privateKey: KeyObject }) {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
function ed25519() {
  return pem(generateKeyPairSync('ed25519'));
}
function p256() {
  return pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
}
function rsa() {
  return pem(generateKeyPairSync('rsa', { modulusLength: 2048 }));
}

const REFRESH = 'mutation ($token: String!) { refresh(input: { refreshToken: $token }) { accessToken refreshToken } }';

interface Tokens {
  accessToken: string;
  refreshToken: string;
}
