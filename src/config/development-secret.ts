import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createExclusively } from './exclusive-file.ts';

/**
 * The secret of a development server that was given none: made once and kept beside the data, so that restarts sign nobody out. A
 * file that holds no such secret is refused.
 */
export function developmentSecret(dataDir: string): string {
  const path = join(dataDir, 'jwt-secret');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  createExclusively(path, randomBytes(48).toString('base64url'));
  const secret = readFileSync(path, 'utf8').trim();
  if (Buffer.byteLength(secret) >= MIN_BYTES) return secret;
  throw new Error(`${path} holds fewer than ${MIN_BYTES} bytes: delete it, and the next start makes a new secret.`);
}

/** As JWT_SECRET has it. */
const MIN_BYTES = 32;
