import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test, vi } from 'vitest';
import { startApp } from '../kit/app.ts';
import { opened } from '../kit/opened.ts';
import { statementsOf } from '../kit/statements.ts';
import { forge, hs256, signedBy } from './forge.ts';
import { forgedTokens, refreshKey } from './forged.ts';

// What the app does by itself, twice a second, is not what a request costs.
vi.useFakeTimers({ toFake: ['setInterval'] });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const pem = [rsa, ed25519].map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'pem' })).join('\n');
const app = await startApp({
  env: { JWT_PRIVATE_KEY: pem, JWT_ALGORITHM: 'HS256', JWT_ISSUER: 'https://latchkey.test', JWT_AUDIENCE: 'tasks' },
});
const ann = await app.as('ann');
const { header, claims } = opened(ann.accessToken);
const now = Number(claims['iat']);

const published = await (await fetch(`${app.url}/.well-known/jwks.json`)).json();
const kidOf = (kty: string) => published.keys.find((key: { kty: string }) => key.kty === kty).kid;
const kids = { rsa: kidOf('RSA'), ed25519: kidOf('OKP') };

let connections = 0;
const elsewhere = createServer((_request, response) => {
  response.end(
    JSON.stringify({ keys: [{ ...thief.publicKey.export({ format: 'jwk' }), kid: 'thief', alg: 'EdDSA' }] }),
  );
}).on('connection', () => connections++);
await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening));
afterAll(() => elsewhere.close());
const link = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/jwks.json`;
const thief = generateKeyPairSync('ed25519');

const withHeader = (change: object) => forge({ ...header, ...change }, claims);
const withClaims = (change: object) => forge(header, { ...claims, ...change });

const sent: string[] = [];
async function ask(token: string, query = '{ me { id } }') {
  sent.push(token);
  return app.ask(query, {}, { authorization: `Bearer ${token}` });
}

test('what these tokens are made of would be taken', async () => {
  expect((await ask(forge(header, claims))).data).toEqual({ me: { id: ann.id } });
  expect((await ask(withHeader({ typ: 'application/at+jwt' }))).status).toBe(200);
  expect((await ask(withClaims({ aud: ['other', 'tasks'], 'https://example.com/plan': 'gold' }))).status).toBe(200);
  expect((await ask(withClaims({ iat: now + 5, more: 'x'.repeat(2000) }))).status).toBe(200);
  const eddsa = forge({ ...header, alg: 'EdDSA', kid: kids.ed25519 }, claims, signedBy(ed25519.privateKey));
  expect((await ask(eddsa)).status).toBe(200);
  const rs256 = forge({ ...header, alg: 'RS256', kid: kids.rsa }, claims, signedBy(rsa.privateKey, 'sha256'));
  expect((await ask(rs256)).status).toBe(200);
});

test.each(forgedTokens({ ...ann, rsa, ed25519, kids, thief, link }))('refused: %s', async (_name, token) => {
  let answer: Awaited<ReturnType<typeof ask>> | undefined;
  const statements = await statementsOf(async () => {
    answer = await ask(token);
  });
  expect(answer).toMatchObject({ status: 401, data: null, errors: [{ extensions: { code: 'INVALID_TOKEN' } }] });
  expect(answer?.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  expect(statements).toEqual([]);
  expect(await ask(token, '{ viewer { id } }')).toMatchObject({ status: 200, data: { viewer: null } });
});

test.each([
  ['an access token', () => ann.accessToken],
  [
    'an access token that says it is a refresh token',
    () => forge({ ...opened(ann.refreshToken).header, typ: 'rt+jwt' }, opened(ann.refreshToken).claims),
  ],
  [
    'a refresh token with the typ of an access token',
    () =>
      forge({ ...opened(ann.refreshToken).header, typ: 'at+jwt' }, opened(ann.refreshToken).claims, hs256(refreshKey)),
  ],
])('%s refreshes nothing', async (_name, token) => {
  const REFRESH = 'mutation ($token: String!) { refresh(input: { refreshToken: $token }) { accessToken } }';
  expect(await app.codeOf(REFRESH, { token: token() })).toBe('REFRESH_REJECTED');
  expect(await app.codeOf(REFRESH, { token: ann.refreshToken })).toBe(null);
});

test('whatever a token says of keys, no connection was made for it', () => {
  expect(connections).toBe(0);
});

test('no token is in any line of the log', () => {
  const log = app.logged.join('\n');
  expect(log).toContain('INVALID_TOKEN');
  for (const token of [...sent, ann.accessToken, ann.refreshToken].filter(({ length }) => length > 20)) {
    for (const part of [token, ...token.split('.').slice(1)].filter(({ length }) => length > 20)) {
      expect(log.includes(part), part.slice(0, 40)).toBe(false);
    }
  }
});
