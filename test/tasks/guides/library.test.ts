import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../kit/client.ts';
import { emptyDirectory } from '../../kit/directory.ts';
import { openStream } from '../../kit/stream.ts';
import { runsThorough } from '../../kit/thorough.ts';
import { quotesIn } from './apply.ts';
import { copyProject, follow, KNOWING, run, runSuite } from './project.ts';
import { serveCopy } from './served.ts';

test('what the guide quotes is in the files that it has copied', () => {
  const quotes = quotesIn(readFileSync('docs/library.md', 'utf8'));
  const files = readdirSync('examples/library', { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  const texts = files.map((path) => readFileSync(join('examples/library', path), 'utf8'));
  expect(quotes.length).toBeGreaterThan(10);
  expect(quotes.filter((quote) => !texts.some((text) => text.includes(quote)))).toEqual([]);
});

describe.runIf(runsThorough('the library, in a copy of the project'))('a library in place of tasks', () => {
  const copy = emptyDirectory();
  let served: Awaited<ReturnType<typeof serveCopy>>;

  beforeAll(async () => {
    copyProject(copy);
    // What its last commands write, those of the next guide write for both.
    for (const command of follow('docs/replace-tasks.md', copy)) {
      if (!command.startsWith('npm run ')) await run(copy, command);
    }
    for (const command of follow('docs/library.md', copy)) await run(copy, command);
    served = await serveCopy(copy);
  }, 120_000);

  test('anybody pages through books, and learns of a lender nothing but the name', async () => {
    const anybody = createClient(served.url, {});
    const { data } = await anybody.ask(
      '{ books(first: 3, search: "austen") { totalCount nodes { title lender { name } } } }',
    );
    expect(data.books.totalCount).toBeGreaterThan(50);
    expect(data.books.nodes).toHaveLength(3);
    expect(data.books.nodes).toContainEqual({ title: 'Emma', lender: { name: 'Ann Example' } });
    const refused = await anybody.ask('{ books(first: 1) { nodes { title shelf } } }');
    expect(refused.data.books.nodes).toEqual([{ title: expect.any(String), shelf: null }]);
    expect(refused.errors?.map(({ extensions: { code } }) => code)).toEqual(['UNAUTHENTICATED']);
  });

  test('a book is lent once, to somebody who hears of it and may then read where to fetch it', async () => {
    const { ann, bob, admin, url } = served;
    const added = await ann.ask(
      'mutation { createBook(input: { title: "Persuasion", author: "Jane Austen", shelf: "Hall" }) { id } }',
    );
    const { id } = added.data.createBook;
    const BORROW = 'mutation ($id: ID!) { borrowBook(id: $id) { book { shelf viewerCan { return delete } } } }';
    const stream = await openStream(url, 'subscription { loanChanged { kind } }', bob.accessToken);
    const lent = await bob.ask(BORROW, { id });
    expect(lent.data.borrowBook.book).toEqual({ shelf: 'Hall', viewerCan: { return: true, delete: false } });
    expect(await admin.codeOf(BORROW, { id })).toBe('BOOK_LENT');
    expect(await stream.next()).toEqual({ data: { loanChanged: { kind: 'CREATED' } } });
    stream.close();
  });

  test('whom an admin makes a moderator deletes anybody’s review', async () => {
    const { ann, bob, admin } = served;
    const book = (await ann.ask('{ books(first: 1) { nodes { id } } }')).data.books.nodes[0];
    const CREATE = 'mutation ($id: ID!) { createReview(input: { bookId: $id, stars: 1, text: "Dull." }) { id } }';
    const { id } = (await ann.ask(CREATE, book)).data.createReview;
    const DELETE = 'mutation ($id: ID!) { deleteReview(id: $id) }';
    expect(await bob.codeOf(DELETE, { id })).toBe('FORBIDDEN');
    await admin.ask('mutation ($id: ID!) { setUserRole(userId: $id, role: MODERATOR) { id } }', { id: bob.id });
    expect((await (await bob.again()).ask(DELETE, { id })).data.deleteReview).toBe(id);
  });

  test('nothing of it is dead code', async () => {
    const said = await run(copy, `${process.execPath} ${resolve('node_modules/knip/bin/knip.js')} --no-exit-code`);
    expect(said).toContain('Unused');
    expect(said).not.toMatch(/(src|test)\/(books|library|loans|members|reviews)\//);
  });

  test(
    'what of the suite knows types and rules is green, and so are its own tests',
    () => runSuite(copy, [], [...KNOWING, 'test/library']),
    1_200_000,
  );
});
