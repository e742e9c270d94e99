import { createHash, createPublicKey, hkdfSync, type KeyObject, webcrypto } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import type { PrivateKey } from '../config/private-keys.ts';

/**
 * The keys that sign and verify tokens, from configuration alone. All of them verify; the first with the algorithm signs, so
 * that a key can be replaced without signing anybody out. With private keys, `algorithm` is theirs unless given.
 */
export async function tokenKeys(options: KeyOptions): Promise<TokenKeys> {
  const access = await Promise.all([...options.privateKeys.map(keyPair), ...options.secrets.map(hmacKey)]);
  const algorithm = options.algorithm ?? access[0]?.alg;
  const signing = access.filter((key) => key.alg === algorithm);
  return {
    issuer: options.issuer,
    audience: options.audience,
    access: [...signing, ...access.filter((key) => key.alg !== algorithm)],
    refresh: await Promise.all(options.secrets.map((secret) => hmacKey(secretFor('refresh token', secret)))),
    oneTime: options.secrets.map((secret) => secretFor('one-time token', secret)),
  };
}

/** What others need to verify our access tokens (RFC 7517): the public halves only, so nothing of HS256. */
export const jwks = async (keys: TokenKeys): Promise<{ keys: JWK[] }> => ({
  keys: await Promise.all(
    keys.access
      .filter((key) => key.verifying.type === 'public')
      .map(async ({ kid, alg, verifying }) => ({ ...(await exportJWK(verifying)), kid, alg, use: 'sig' })),
  ),
});

async function keyPair({ alg, key }: PrivateKey): Promise<TokenKey> {
  const verifying = createPublicKey(key);
  const kid = await calculateJwkThumbprint(await exportJWK(verifying));
  return { kid, alg, signing: key, verifying };
}

async function hmacKey(secret: string | Buffer): Promise<TokenKey> {
  const kid = createHash('sha256').update('latchkey kid').update(secret).digest('base64url').slice(0, 12);
  // Of a KeyObject, jose would make one of these for each token.
  const key = await webcrypto.subtle.importKey('raw', Buffer.from(secret), HMAC, false, ['sign', 'verify']);
  return { kid, alg: 'HS256', signing: key, verifying: key };
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/** RFC 8725 §3.9: a key of its own for each use, so that no access token can ever pass as a refresh token. */
const secretFor = (use: string, secret: string) => Buffer.from(hkdfSync('sha256', secret, '', `latchkey ${use}`, 32));

export interface TokenKeys {
  issuer: string;
  audience: string;
  access: TokenKey[];
  refresh: TokenKey[];
  /** From which the tokens of links in mails follow. */
  oneTime: Buffer[];
}

export interface TokenKey {
  kid: string;
  alg: string;
  signing: KeyObject | webcrypto.CryptoKey;
  verifying: KeyObject | webcrypto.CryptoKey;
}

interface KeyOptions {
  issuer: string;
  audience: string;
  secrets: string[];
  privateKeys: PrivateKey[];
  algorithm: string | undefined;
}
