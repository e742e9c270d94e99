import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { slugOf } from '../../docs/.vitepress/slug.ts';
import { pages } from './markdown.ts';

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

const anchorsOf = (page: string) =>
  (page.match(/^#+ .*$/gm) ?? []).map((heading) => slugOf(heading.replace(/^#+ /, '')));

test.each(pages)('every link of %s within the project leads somewhere', (path) => {
  const text = readFileSync(path, 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
  const links = [...text.matchAll(/(?:\]\(|(?:src|srcset)=")(?!https?:)([^)#"]*)(?:#([^)]+))?[)"]/g)];
  const broken = links.filter(([, target, anchor]) => {
    const page = target ? join(dirname(path), target) : path;
    return !existsSync(page) || (anchor && !anchorsOf(readFileSync(page, 'utf8')).includes(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});
