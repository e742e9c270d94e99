import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { newKeys } from '../../src/tokens/new-keys.ts';
import { startApp } from '../kit/app.ts';
import { opened } from '../kit/opened.ts';

const pem = (algorithm: string) => newKeys(algorithm).split(/=(.*)/s)[1] as string;
const keys = { EdDSA: pem('EdDSA'), ES256: pem('ES256'), RS256: pem('RS256') };
const app = await startApp({ env: { JWT_PRIVATE_KEY: Object.values(keys).join('\n') } });
const jwks = await fetch(`${app.url}/.well-known/jwks.json`);
const text = await jwks.text();
const TEXT = expect.stringMatching(/^[\w-]+$/);

test('the key set holds the public half of each key pair and nothing more', () => {
  expect(JSON.parse(text)).toEqual({
    keys: [
      { kty: 'OKP', crv: 'Ed25519', x: TEXT, kid: TEXT, alg: 'EdDSA', use: 'sig' },
      { kty: 'EC', crv: 'P-256', x: TEXT, y: TEXT, kid: TEXT, alg: 'ES256', use: 'sig' },
      { kty: 'RSA', n: TEXT, e: 'AQAB', kid: TEXT, alg: 'RS256', use: 'sig' },
    ],
  });
  for (const key of Object.values(keys)) {
    const { d, p, q } = createPrivateKey(key.replaceAll('\\n', '\n').replaceAll('"', '')).export({ format: 'jwk' });
    for (const secret of [d, p, q].filter((value) => value !== undefined)) expect(text).not.toContain(secret);
  }
});

test('anybody may keep it for five minutes', () => {
  expect(jwks.status).toBe(200);
  expect(jwks.headers.get('content-type')).toBe('application/jwk-set+json');
  expect(jwks.headers.get('cache-control')).toBe('public, max-age=300');
  expect(jwks.headers.get('x-content-type-options')).toBe('nosniff');
  expect(jwks.headers.get('set-cookie')).toBe(null);
});

test('with it alone, a stranger verifies our tokens', async () => {
  const { accessToken } = await app.as('ann');
  const [header, claims, signature = ''] = accessToken.split('.');
  const key = JSON.parse(text).keys.find(({ kid }: { kid: string }) => kid === opened(accessToken).header['kid']);
  const publicKey = createPublicKey({ key, format: 'jwk' });
  const verifies = (input: string) => verify(null, Buffer.from(input), publicKey, Buffer.from(signature, 'base64url'));
  expect(verifies(`${header}.${claims}`)).toBe(true);
  expect(verifies(`${header}.${claims}x`)).toBe(false);
});

test('secrets are not in it: without key pairs it is empty', async () => {
  const hs256 = await startApp();
  const response = await fetch(`${hs256.url}/.well-known/jwks.json`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ keys: [] });
});

test.each(['POST', 'PUT', 'DELETE'])('nothing is done to it by %s', async (method) => {
  expect((await fetch(`${app.url}/.well-known/jwks.json`, { method })).status).toBe(404);
});
