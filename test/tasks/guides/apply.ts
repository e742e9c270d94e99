import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Does to the files under `root` what each block of the page says, in order; yields each command when it is met, so that whoever runs
 * it at once has what came before done, and nothing of what comes after.
 */
export function* applyGuide(markdown: string, root: string): Generator<string, void> {
  for (const { language, first, lines } of blocksOf(markdown)) {
    const text = `${lines.join('\n')}\n`;
    if (language === 'sh') yield* [first, ...lines];
    if (language === 'diff') change(join(root, first.replace('--- ', '')), lines);
    if (language === 'sql') appendFileSync(madeAt(join(root, first.replace('-- ', ''))), `\n${text}`);
    if (language === 'ts' && isFile(first)) write(join(root, first.replace('// ', '')), text);
  }
}

/** What the page shows of files that it does not write. */
export const quotesIn = (markdown: string) =>
  blocksOf(markdown).flatMap(({ language, first, lines }) =>
    language === 'ts' && !isFile(first) ? [[first, ...lines].join('\n')] : [],
  );

const blocksOf = (markdown: string) =>
  [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => {
    const [first = '', ...lines] = text.trimEnd().split('\n');
    return { language, first, lines };
  });

const isFile = (first: string) => /^\/\/ \S+\.ts$/.test(first);

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
    throw new Error(`${file} does not have once what the guide says:\n${without('+')}`);
  }
  writeFileSync(file, before + without('-') + after);
}

function write(file: string, content: string) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { flag: 'wx' });
}

/** The file that a command has made, in a folder whose name begins with the time, for which the path has a `*`. */
function madeAt(path: string) {
  const [before = '', after = ''] = path.split('*');
  const made = readdirSync(before).find((name) => after.startsWith(`${name.slice(name.indexOf('_'))}/`));
  if (!made) throw new Error(`There is no ${path}.`);
  return join(before, made, after.slice(after.indexOf('/')));
}
