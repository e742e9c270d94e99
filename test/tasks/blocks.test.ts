import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blocksOfTasks, isOfGuide, pages } from '../house/markdown.ts';
import { expectShown } from '../house/shown.ts';

const following = readdirSync('test/tasks/guides').map((file) => readFileSync(`test/tasks/guides/${file}`, 'utf8'));
const isFollowed = (page: string) => following.some((text) => text.includes(`follow('${page}'`));

test.each(pages)('every block of code of %s about tasks is so, or is followed', (page) => {
  const shown = blocksOfTasks.filter((block) => block.page === page);
  if (shown.some(isOfGuide)) expect(page).toSatisfy(isFollowed);
  for (const block of shown.filter((block) => !isOfGuide(block))) expectShown(block);
});

test('there are blocks to try', () => {
  expect(blocksOfTasks.length).toBeGreaterThan(20);
});
