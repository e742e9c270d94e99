import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The migrations in prisma/migrations, oldest first. */
export function readFolder(prisma: string): Folder {
  const directory = join(prisma, 'migrations');
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];
  const migrations = names
    .map((name) => ({ name, file: join(directory, name, 'migration.sql') }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => ({ name, sql: readFileSync(file, 'utf8') }));
  return { directory, migrations };
}

/** As Prisma compares: a checkout with other line ends is the same migration. */
export function hasChecksum(sql: string, checksum: string): boolean {
  const lf = sql.replaceAll('\r\n', '\n');
  return [sql, lf, lf.replaceAll('\n', '\r\n')].some((text) => sha256(text) === checksum);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** `prisma/`, as seen from src/db/migrations, from dist/db/migrations, and from dist/bundle/server. */
export const PRISMA = fileURLToPath(new URL('../../../prisma', import.meta.url));
export const SCHEMA_FILE = 'schema.prisma';

export interface Folder {
  directory: string;
  migrations: Migration[];
}

export interface Migration {
  name: string;
  sql: string;
}
