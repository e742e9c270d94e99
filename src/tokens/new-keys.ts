import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** Lines for the environment: a new JWT_SECRET, or a new JWT_PRIVATE_KEY for the algorithm. */
export function newKeys(algorithm = 'HS256'): string {
  if (algorithm === 'HS256') return `JWT_SECRET=${randomBytes(48).toString('base64url')}`;
  const { privateKey } = pairFor(algorithm);
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim();
  // In one line, for not every reader of environment files knows values of several.
  return `JWT_PRIVATE_KEY="${pem.replaceAll('\n', '\\n')}"`;
}

function pairFor(algorithm: string) {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 3072 });
  throw new Error('Name HS256, EdDSA, ES256 or RS256.');
}
