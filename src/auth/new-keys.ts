import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lines for the environment: a new JWT_SECRET, or a new JWT_PRIVATE_KEY for the algorithm. */
export function newKeys(algorithm = 'HS256'): string {
  if (algorithm === 'HS256') return `JWT_SECRET=${randomBytes(48).toString('base64url')}`;
  const { privateKey } = pairFor(algorithm);
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim();
  // In one line, for not every reader of environment files knows values of several.
  return `JWT_PRIVATE_KEY="${pem.replaceAll('\n', '\\n')}"`;
}

/** The secret of a development server that was given none: made once and kept beside the data, so that restarts sign nobody out. */
export function developmentSecret(dataDir: string): string {
  const path = join(dataDir, 'jwt-secret');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Under its name there is never half a secret, nor a second one, whoever starts at once.
  const made = `${path}.${randomUUID()}`;
  writeFileSync(made, randomBytes(48).toString('base64url'), { mode: 0o600, flush: true });
  try {
    linkSync(made, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(made);
  }
  return readFileSync(path, 'utf8');
}

function pairFor(algorithm: string) {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 3072 });
  throw new Error('Name HS256, EdDSA, ES256 or RS256.');
}
