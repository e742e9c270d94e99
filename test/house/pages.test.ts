import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Written by a command. */
const OTHERS = ['docs/access.md'];

const pages = [
  'README.md',
  'CHANGELOG.md',
  'src/README.md',
  'bench/README.md',
  'examples/README.md',
  ...readdirSync('examples')
    .map((name) => `examples/${name}/README.md`)
    .filter((path) => existsSync(path)),
  ...readdirSync('docs').map((name) => `docs/${name}`),
].filter((path) => path.endsWith('.md') && !OTHERS.includes(path));

/** The lines that people wrap: those of tables and of blocks of code are as long as they are. */
function prose(page: string) {
  let inBlock = false;
  return page.split('\n').filter((line) => {
    if (line.startsWith('```')) inBlock = !inBlock;
    return !inBlock && !line.startsWith('|');
  });
}

test.each(pages)('no line of %s is longer than 100 characters', (path) => {
  expect(prose(readFileSync(path, 'utf8')).filter((line) => line.length > 100)).toEqual([]);
});

/** As GitHub makes them of a page's headings. */
const anchorsOf = (page: string) =>
  (page.match(/^#+ .*$/gm) ?? []).map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );

test.each(pages)('every link of %s within the project leads somewhere', (path) => {
  const text = readFileSync(path, 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
  const broken = links.filter(([, target, anchor]) => {
    const page = target ? join(dirname(path), target) : path;
    return !existsSync(page) || (anchor && !anchorsOf(readFileSync(page, 'utf8')).includes(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});
