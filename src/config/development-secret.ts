import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createExclusively } from './exclusive-file.ts';

/** The secret of a development server that was given none: made once and kept beside the data, so that restarts sign nobody out. */
export function developmentSecret(dataDir: string): string {
  const path = join(dataDir, 'jwt-secret');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  createExclusively(path, randomBytes(48).toString('base64url'));
  return readFileSync(path, 'utf8');
}
