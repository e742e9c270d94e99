import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const IMPORT = /(?:from|import|import\() ?'([^']+)'/g;

/** Every file under src that people write, with its text and what it imports: files of src by their path, packages by name. */
export const sources: Source[] = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.startsWith('db/generated/'))
  .map((path) => {
    const text = readFileSync(join('src', path), 'utf8');
    return { path, text, imports: [...text.matchAll(IMPORT)].map(([, target = '']) => resolved(path, target)) };
  });

function resolved(from: string, target: string) {
  return target.startsWith('.') ? normalize(join(dirname(from), target)).replaceAll('\\', '/') : target;
}

interface Source {
  path: string;
  text: string;
  imports: string[];
}
