import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Does to the files under `root` what each block of the page says; returns the commands that it gives, in order. */
export function applyGuide(markdown: string, root: string): string[] {
  const blocks = [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  return blocks.flatMap(([, language, text = '']) => {
    const [first = '', ...rest] = text.trimEnd().split('\n');
    if (language === 'sh') return [first, ...rest];
    if (language === 'diff') change(join(root, first.replace('--- ', '')), rest);
    if (language === 'ts') write(join(root, first.replace('// ', '')), `${rest.join('\n')}\n`);
    return [];
  });
}

/** Whatever the block shows besides its additions must be in the file, once. */
function change(file: string, lines: string[]) {
  const without = (mark: string) =>
    lines
      .filter((line) => !line.startsWith(mark))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const content = readFileSync(file, 'utf8');
  const [before, after, ...more] = content.split(without('+'));
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${file} does not have once what docs/guides.md says:\n${without('+')}`);
  }
  writeFileSync(file, before + without('-') + after);
}

function write(file: string, content: string) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { flag: 'wx' });
}
