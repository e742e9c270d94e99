// Generates src/db/generated when the schema or Prisma changed since. It runs before every start, so doing nothing must be quick.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const manifest = createRequire(import.meta.url).resolve('prisma/package.json');
const stampFile = at('../src/db/generated/.stamp');

const inputs = [at('schema.prisma'), at('prisma.config.ts'), manifest].map((path) => readFileSync(path));
const stamp = createHash('sha256').update(Buffer.concat(inputs)).digest('hex');

if (readStamp() !== stamp) {
  generate();
  writeFileSync(stampFile, stamp);
}

function readStamp() {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return null;
  }
}

function generate() {
  const cli = at(new URL(JSON.parse(readFileSync(manifest, 'utf8')).bin.prisma, `file://${manifest}`));
  const args = [cli, 'generate', '--config', 'prisma/prisma.config.ts', '--no-hints'];
  // Prisma looks for the generators on the PATH, and would ask the network for a newer version of itself.
  const PATH = `${at('../node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`;
  const env = { ...process.env, PATH, CHECKPOINT_DISABLE: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: at('..'), env, encoding: 'utf8' });
  if (status === 0) return;
  console.error(`prisma generate failed:\n${stdout}${stderr}`);
  process.exit(1);
}
