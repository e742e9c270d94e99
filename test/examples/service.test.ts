import { createPrivateKey, createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { newKeys } from '../../src/tokens/new-keys.ts';
import { startApp } from '../kit/app.ts';
import { afterFile } from '../kit/cleanup.ts';
import { opened } from '../kit/opened.ts';
import { startProcess } from '../kit/process.ts';
import { forge, hs256, signedBy, unsigned } from '../tokens/forge.ts';
import { runnable } from './bundled.ts';

const pem = (newKeys('EdDSA').split(/=(.*)/s)[1] as string).slice(1, -1).replaceAll('\\n', '\n');
const key = createPrivateKey(pem);
const latchkey = await startApp({ env: { JWT_PRIVATE_KEY: pem } });
const ann = await latchkey.as('ann');
const { header, claims } = opened(ann.accessToken);

const script = await runnable('examples/service/service.ts');
const { url } = await start(latchkey.url);

async function start(latchkeyUrl: string) {
  const env = { LATCHKEY_URL: latchkeyUrl, PORT: '0' };
  return { url: await startProcess(process.execPath, [script], { env }).says(/http:\S+/) };
}

async function ask(authorization: string | undefined, service = url) {
  const response = await fetch(service, { headers: authorization === undefined ? {} : { authorization } });
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.json() };
}

const signed = (change: object, more: object = {}) =>
  forge({ ...header, ...more }, { ...claims, ...change }, signedBy(key));

test('whoever has an access token is known', async () => {
  for (const token of [ann.accessToken, signed({})]) {
    expect(await ask(`Bearer ${token}`)).toEqual({
      status: 200,
      challenge: null,
      body: { userId: ann.id, role: 'USER' },
    });
  }
});

test.each([undefined, '', 'Bearer', 'Basic x'])(
  'whoever sends no token is asked for one: %s',
  async (authorization) => {
    expect(await ask(authorization)).toMatchObject({ status: 401, challenge: 'Bearer' });
  },
);

const [head, , signature] = ann.accessToken.split('.');
const past = Math.floor(Date.now() / 1000) - 60;
const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
test.each([
  [
    'a changed one',
    `${head}.${Buffer.from(JSON.stringify({ ...claims, role: 'ADMIN' })).toString('base64url')}.${signature}`,
  ],
  ['one that has expired', signed({ iat: past - 900, exp: past })],
  ['a refresh token', ann.refreshToken],
  ['one of another type', signed({}, { typ: 'JWT' })],
  ['one that is signed with the public key as a secret', forge({ ...header, alg: 'HS256' }, claims, hs256(publicPem))],
  ['an unsigned one', forge({ ...header, alg: 'none' }, claims, unsigned)],
  ['one for another audience', signed({ aud: 'others' })],
  ['one of another issuer', signed({ iss: 'others' })],
  ['one without end', signed({ exp: undefined })],
  ['one of nobody', signed({ sub: '' })],
  ['one of an unknown role', signed({ role: 'ROOT' })],
  ['one of an unknown key', signed({}, { kid: 'other' })],
  ['rubbish', 'rubbish'],
])('%s is refused', async (_what, token) => {
  expect(await ask(`Bearer ${token}`)).toEqual({
    status: 401,
    challenge: 'Bearer error="invalid_token"',
    body: { error: 'The token is not valid.' },
  });
});

test('who has the keys goes on while Latchkey is away', async () => {
  await latchkey.stop();
  expect(await ask(`Bearer ${ann.accessToken}`)).toMatchObject({ status: 200 });
});

test('who could not get the keys says so, and calls no token bad', async () => {
  const failing = createServer((_request, response) => response.writeHead(500).end());
  await new Promise<void>((listening) => failing.listen(0, '127.0.0.1', listening));
  afterFile(() => failing.close());
  for (const of of [latchkey.url, `http://127.0.0.1:${(failing.address() as AddressInfo).port}`]) {
    const { url } = await start(of);
    expect(await ask(`Bearer ${ann.accessToken}`, url)).toMatchObject({ status: 503, challenge: null });
  }
});
