import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Compiles `src` for tests that need processes of their own, which on Node 20 cannot run TypeScript; about a second. */
export function build(name: string): Built {
  const directory = join(ROOT, 'node_modules/.cache', `built-${name}-${process.pid}`);
  const dist = join(directory, 'dist');
  mkdirSync(directory, { recursive: true });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const outcome = ['--outDir', dist, '--incremental', 'false', '--tsBuildInfoFile', 'null', '--noEmitOnError', 'false'];
  try {
    execFileSync(process.execPath, [tsc, '-p', ROOT, ...outcome], { stdio: 'pipe' });
  } catch {
    // Type errors are the business of `npm run check`; what has none of its own was written all the same.
  }
  symlinkSync(join(ROOT, 'prisma'), join(directory, 'prisma'));
  return {
    file: (path) => pathToFileURL(join(dist, path)).href,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Built {
  /** The URL of a compiled file, such as `db/client.js`. */
  file(path: string): string;
  remove(): void;
}
