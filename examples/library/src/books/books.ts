import { z } from 'zod';
import { type Reach, refuseClosed } from '../access/reach.ts';
import type { Viewer } from '../access/rules.ts';
import type { Transaction } from '../db/database.ts';
import { type Book, Prisma } from '../db/generated/client.ts';
import { containing, type PageArgs, pageQuery } from '../db/pages.ts';
import { allColumnsOf, columnsOf, rows } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import { checked, isId, text, trimmedText } from '../input.ts';

/** The book, or null where there is none or the viewer may not see it. */
export async function findBook(db: Transaction, reach: Reach<'Book'>, id: string) {
  return isId(id) ? db.book.findFirst({ where: { AND: reach.where, id } }) : null;
}

/** Looks up many at once; asking for one that the viewer does not reach refuses with NOT_FOUND. */
export async function getBooks(db: Transaction, reach: Reach<'Book'>, ids: string[]) {
  const books = await db.book.findMany({ where: { AND: reach.where, id: { in: ids } } });
  const byId = new Map(books.map((book) => [book.id, book]));
  return (id: string) => {
    const book = byId.get(id);
    if (!book) throw noSuchBook();
    return book;
  };
}

/** A page of those books that the viewer reaches and whose title or author holds the search text, the newest first. */
export async function bookPage(
  db: Transaction,
  reach: Reach<'Book'>,
  args: PageArgs & { search?: string | null | undefined },
) {
  const { reached, between, orderBy, limit, toPage } = pageQuery(args, NEWEST_FIRST, reach);
  const search = args.search && containing(checked(text(0, 200), args.search, 'search'));
  if (search) for (const field of ['title', 'author']) refuseClosed(reach, field);
  const matching = search ? Prisma.sql`(title ILIKE ${search} OR author ILIKE ${search})` : Prisma.sql`TRUE`;
  const books = await rows<Book>(
    db,
    Prisma.sql`SELECT ${COLUMNS} FROM "Book" WHERE ${matching} AND ${between} ORDER BY ${orderBy} LIMIT ${limit}`,
  );
  return { ...toPage(books, 'books'), totalCount: () => countBooks(db, Prisma.sql`${reached} AND ${matching}`) };
}

async function countBooks(db: Transaction, condition: Prisma.Sql) {
  const [row] = await rows<{ count: number }>(
    db,
    Prisma.sql`SELECT count(*)::int AS count FROM "Book" WHERE ${condition}`,
  );
  return row?.count ?? 0;
}

/** Adds a book that the viewer lends, or refuses with BAD_USER_INPUT. */
export async function createBook(db: Transaction, viewer: Viewer, input: NewBookInput, now: Date) {
  return db.book.create({ data: { ...checked(NewBook, input), lenderId: viewer.id, createdAt: now } });
}

/** Deletes the book, with its loan and its reviews, and returns its id; or refuses with NOT_FOUND. */
export async function deleteBook(db: Transaction, reach: Reach<'Book'>, id: string) {
  const { count } = await db.book.deleteMany({ where: { AND: reach.where, id } });
  if (count === 0) throw noSuchBook();
  return id;
}

const noSuchBook = () => new AppError('NOT_FOUND', 'no such book, or not one that the viewer may reach');

const COLUMNS = columnsOf('Book', allColumnsOf('Book'));
const NEWEST_FIRST = { field: 'createdAt', direction: 'desc', type: 'timestamptz' } as const;

const NewBook = z.object({
  title: trimmedText(1, 200),
  author: trimmedText(1, 200),
  shelf: text(0, 200).nullable().default(null),
});

interface NewBookInput {
  title: string;
  author: string;
  shelf?: string | null;
}
