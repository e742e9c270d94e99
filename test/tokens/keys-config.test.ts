import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { developmentSecret } from '../../src/config/development-secret.ts';
import { newKeys } from '../../src/tokens/new-keys.ts';
import { emptyDirectory } from '../kit/directory.ts';
import { startProcess } from '../kit/process.ts';

const folder = emptyDirectory();

const PRODUCTION = { NODE_ENV: 'production', DATABASE_URL: 'postgresql://db/latchkey', TRUST_PROXY: '1' };
const algorithms = (key: string) => parseConfig({ JWT_PRIVATE_KEY: key }).jwtPrivateKeys.map(({ alg }) => alg);

test.each(['EdDSA', 'ES256', 'RS256'])(
  'a key pair made for %s is one line that every reader of env files understands',
  async (algorithm) => {
    const line = newKeys(algorithm);
    expect(line).toMatch(/^JWT_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----[\w+/=\\-]+.*"$/);
    const { JWT_SECRET } = await byNode(newKeys());
    for (const read of [byNode, byShell, asIs]) {
      const { JWT_PRIVATE_KEY = '' } = await read(line);
      const config = parseConfig({ ...PRODUCTION, JWT_SECRET, JWT_PRIVATE_KEY });
      expect(
        config.jwtPrivateKeys.map(({ alg }) => alg),
        read.name,
      ).toEqual([algorithm]);
    }
    expect(newKeys(algorithm)).not.toBe(line);
  },
);

test('a new secret is long enough for production, and another one each time', async () => {
  const { JWT_SECRET } = await byNode(newKeys());
  expect(parseConfig({ ...PRODUCTION, JWT_SECRET }).jwtSecrets).toEqual([JWT_SECRET]);
  expect(newKeys('HS256')).not.toBe(newKeys('HS256'));
});

test.each(['none', 'HS512', 'eddsa', ''])('no keys are made for %j', (algorithm) => {
  expect(() => newKeys(algorithm)).toThrow('Name HS256, EdDSA, ES256 or RS256.');
});

const ed25519 = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PKCS8 = { type: 'pkcs8', format: 'pem' } as const;
const good = ed25519.privateKey.export(PKCS8).toString();

test.each([
  ['PKCS #8', [good], ['EdDSA']],
  ['SEC 1', [p256.privateKey.export({ type: 'sec1', format: 'pem' })], ['ES256']],
  ['PKCS #1', [rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })], ['RS256']],
  ['line ends of Windows', [good.replaceAll('\n', '\r\n')], ['EdDSA']],
  ['line ends written \\n', [good.replaceAll('\n', '\\n')], ['EdDSA']],
  ['several, with text between', [good, '# the old one', rsa.privateKey.export(PKCS8)], ['EdDSA', 'RS256']],
  ['several in one line', [`${good}${good}`.replaceAll('\n', '\\n')], ['EdDSA', 'EdDSA']],
])('private keys are read as %s', (_form, texts, expected) => {
  expect(algorithms(texts.join('\n'))).toEqual(expected);
});

test('and from a file', () => {
  const file = join(folder, 'key.pem');
  writeFileSync(file, good);
  expect(parseConfig({ JWT_PRIVATE_KEY_FILE: file }).jwtPrivateKeys).toHaveLength(1);
});

const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey.export(PKCS8).toString();
test.each([
  ['a text', 'private'],
  ['a public key', ed25519.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ['a header and nothing in it', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
  ['half a key', good.slice(0, 60)],
  ['an encrypted key', p256.privateKey.export({ ...PKCS8, cipher: 'aes-256-cbc', passphrase: 'x' }).toString()],
  ['RSA of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(PKCS8).toString()],
  ['RSA for PSS only', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey.export(PKCS8).toString()],
  ['P-384', curve('P-384')],
  ['secp256k1', curve('secp256k1')],
  ['Ed448', generateKeyPairSync('ed448').privateKey.export(PKCS8).toString()],
  ['X25519', generateKeyPairSync('x25519').privateKey.export(PKCS8).toString()],
  ['a good key and a bad one', good + curve('P-384')],
])('a private key that cannot sign stops the start, and is not shown: %s', (_what, text) => {
  expect(() => algorithms(text)).toThrow(
    /^The configuration cannot be used:\n {2}JWT_PRIVATE_KEY: must be private keys in PEM: Ed25519, P-256, or RSA of 2048 bits and more\.$/,
  );
});

test('an algorithm without a key of its kind stops the start', () => {
  const COMPLAINT = 'JWT_ALGORITHM: needs a key of its kind in JWT_PRIVATE_KEY.';
  expect(() => parseConfig({ JWT_ALGORITHM: 'EdDSA' })).toThrow(COMPLAINT);
  expect(() => parseConfig({ JWT_ALGORITHM: 'ES256', JWT_PRIVATE_KEY: good })).toThrow(COMPLAINT);
  expect(() => parseConfig({ JWT_ALGORITHM: 'none' })).toThrow('must be HS256, EdDSA, ES256 or RS256');
  expect(parseConfig({ JWT_ALGORITHM: 'EdDSA', JWT_PRIVATE_KEY: good }).jwtAlgorithm).toBe('EdDSA');
  expect(parseConfig({ JWT_ALGORITHM: 'HS256', JWT_PRIVATE_KEY: good }).jwtAlgorithm).toBe('HS256');
});

test('several secrets have space or line ends between them, and each must be long enough', () => {
  const [a, b] = ['a1'.padEnd(32, 'xyz'), 'b2'.padEnd(32, 'xyz')];
  expect(parseConfig({ JWT_SECRET: ` ${a}  ${b}\n` }).jwtSecrets).toEqual([a, b]);
  expect(() => parseConfig({ JWT_SECRET: `${a} short` })).toThrow('JWT_SECRET: must have at least 32 bytes.');
});

test('a development server makes a secret once, for nobody else to read, and leaves nothing else behind', () => {
  const data = join(folder, 'data');
  const secret = developmentSecret(data);
  expect(secret).toMatch(/^[\w-]{64}$/);
  expect(developmentSecret(data)).toBe(secret);
  expect(developmentSecret(join(folder, 'other'))).not.toBe(secret);
  expect(readdirSync(data)).toEqual(['jwt-secret']);
  expect(statSync(join(data, 'jwt-secret')).mode & 0o777).toBe(0o600);
});

test.each(['', '\n', 'x'.repeat(31)])('a file of %j is no secret: the start fails and says what to do', (content) => {
  const data = join(folder, `short-${content.length}`);
  mkdirSync(data);
  writeFileSync(join(data, 'jwt-secret'), content);
  expect(() => developmentSecret(data)).toThrow(
    `${join(data, 'jwt-secret')} holds fewer than 32 bytes: delete it, and the next start makes a new secret.`,
  );
});

test('a line end after the secret is no part of it', () => {
  const data = join(folder, 'edited');
  const secret = developmentSecret(data);
  writeFileSync(join(data, 'jwt-secret'), `${secret}\n`);
  expect(developmentSecret(data)).toBe(secret);
});

test('where the secret cannot be kept, the start fails rather than sign with one that is lost', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => developmentSecret(join(folder, 'file'))).toThrow('EEXIST');
});

type Env = Record<string, string | undefined>;

async function byNode(line: string): Promise<Env> {
  writeFileSync(join(folder, 'env'), line);
  const script = 'console.log(JSON.stringify(process.env))';
  return JSON.parse(
    await startProcess(process.execPath, [`--env-file=${join(folder, 'env')}`, '--eval', script]).says(/.+/),
  );
}

async function byShell(line: string): Promise<Env> {
  writeFileSync(join(folder, 'env'), line);
  const script = `set -a; . ${join(folder, 'env')}; exec "$NODE" --eval 'console.log(JSON.stringify(process.env))'`;
  return JSON.parse(await startProcess('sh', ['-c', script], { env: { NODE: process.execPath } }).says(/.+/));
}

/** As docker --env-file does it: the quotes are part of the value. */
function asIs(line: string): Env {
  const [name = '', value] = line.split(/=(.*)/s);
  return { [name]: value };
}
