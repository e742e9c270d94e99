import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { newKeys } from '../../src/tokens/new-keys.ts';
import { SECRET, startApp } from '../kit/app.ts';
import { opened } from '../kit/opened.ts';
import { type Run, startProcess } from '../kit/process.ts';

const SCRIPT = fileURLToPath(new URL('interop.py', import.meta.url));
const PYTHON = process.env['TEST_PYTHON'] || '/usr/bin/python3';
const missing =
  !process.env['TEST_PYTHON'] && (await startProcess(PYTHON, ['-c', 'import jwt, cryptography']).ended).code !== 0;
if (missing)
  console.warn(
    `SKIPPED: ${PYTHON} has no jwt and cryptography (Debian: python3-jwt), so tokens met no other implementation.`,
  );

const NAMES = { JWT_ISSUER: 'https://latchkey.test', JWT_AUDIENCE: 'https://tasks.test' };
const expected = { issuer: NAMES.JWT_ISSUER, audience: NAMES.JWT_AUDIENCE };
const pem = (algorithm: string) =>
  (newKeys(algorithm).split(/=(.*)/s)[1] as string).slice(1, -1).replaceAll('\\n', '\n');

test.skipIf(missing).each([
  ['HS256', SECRET],
  ['EdDSA', pem('EdDSA')],
  ['ES256', pem('ES256')],
  ['RS256', pem('RS256')],
])('PyJWT takes our %s tokens and we take those that it signs with the same key', async (alg, key) => {
  const app = await startApp({ env: alg === 'HS256' ? NAMES : { ...NAMES, JWT_PRIVATE_KEY: key } });
  const ann = await app.as('ann');
  const { header, claims } = opened(ann.accessToken);
  expect(header['alg']).toBe(alg);

  const trust = alg === 'HS256' ? { secret: SECRET } : { jwks: `${app.url}/.well-known/jwks.json` };
  const verify = (token: string, more: object = {}) =>
    python({ do: 'verify', token, alg, ...trust, ...expected, ...more });
  expect(await verify(ann.accessToken)).toEqual(claims);
  expect(await verify(ann.accessToken, { audience: 'somebody else' })).toEqual({ refused: 'InvalidAudienceError' });
  expect(await verify(ann.accessToken, { issuer: 'somebody else' })).toEqual({ refused: 'InvalidIssuerError' });
  const [head, , signature] = ann.accessToken.split('.');
  const admin = Buffer.from(JSON.stringify({ ...claims, role: 'ADMIN' })).toString('base64url');
  expect(await verify(`${head}.${admin}.${signature}`)).toEqual({ refused: 'InvalidSignatureError' });

  const headers = { typ: 'at+jwt', kid: header['kid'] };
  const sign = (change: object, more: object = {}) =>
    python({
      do: 'sign',
      alg,
      key,
      headers: { ...headers, ...more },
      claims: { ...claims, jti: randomUUID(), ...change },
    });
  const codeOf = async (token: unknown) => app.codeOf('{ me { id } }', {}, { authorization: `Bearer ${token}` });
  expect(await codeOf(await sign({}))).toBe(null);
  expect(await codeOf(await sign({ aud: 'somebody else' }))).toBe('INVALID_TOKEN');
  expect(await codeOf(await sign({}, { typ: 'JWT' }))).toBe('INVALID_TOKEN');
  expect(await codeOf(await sign({}, { kid: 'another' }))).toBe('INVALID_TOKEN');
  const long = Number(claims['iat']) - 3600;
  expect(await codeOf(await sign({ iat: long, exp: long + 900 }))).toBe('TOKEN_EXPIRED');
});

test.skipIf(missing)('PyJWT takes no refresh token for an access token', async () => {
  const app = await startApp({ env: NAMES });
  const { refreshToken } = await app.as('ann');
  const answer = await python({ do: 'verify', token: refreshToken, alg: 'HS256', secret: SECRET, ...expected });
  expect(answer).toEqual({ refused: 'InvalidSignatureError' });
});

async function python(request: object): Promise<unknown> {
  pyJwt ??= startProcess(PYTHON, [SCRIPT]);
  pyJwt.child.stdin.write(`${JSON.stringify(request)}\n`);
  return JSON.parse(await pyJwt.says(/.+/));
}

let pyJwt: Run | undefined;
