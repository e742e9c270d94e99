import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { afterFile } from './cleanup.ts';

/** An empty directory, gone when the test file is done. */
export function emptyDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-'));
  afterFile(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A directory with a migrated database that nobody has used. */
export function dataDirectory(): string {
  const path = emptyDirectory();
  cpSync(inject('dataDirectory'), path, { recursive: true });
  return path;
}
