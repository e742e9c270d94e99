import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { expect, test } from 'vitest';
import { dataDirectory } from '../kit/directory.ts';
import { otherBlocks, pages } from './markdown.ts';
import { expectShown } from './shown.ts';

const sql = otherBlocks.filter(({ language }) => language === 'sql');

test.each(pages)('every block of code of %s is so, but those about tasks', (page) => {
  for (const block of otherBlocks) {
    if (block.page === page && !sql.includes(block)) expectShown(block);
  }
});

test('all SQL that is shown can be run, beside the tables that there are', async () => {
  const database = await PGlite.create(join(dataDirectory(), 'db'), { extensions: { pg_trgm } });
  // As it is before the guide's trigger is made, also where the guide has been followed.
  await database.exec(
    'CREATE TABLE IF NOT EXISTS "Loan" ("borrowerId" uuid); DROP TRIGGER IF EXISTS changes ON "Loan"',
  );
  // One by one, for an index that is made CONCURRENTLY wants no transaction.
  for (const statement of sql.flatMap(({ text }) => text.split(/;$/m))) await database.exec(statement);
  await database.close();
});

test('there are blocks to try', () => {
  expect(otherBlocks.length).toBeGreaterThan(20);
  expect(sql).not.toEqual([]);
});
