import { z } from 'zod';
import type { Reach } from '../access/reach.ts';
import type { Viewer } from '../access/rules.ts';
import type { Transaction } from '../db/database.ts';
import { Prisma, type Review } from '../db/generated/client.ts';
import { type CountedPage, type PageArgs, pageQuery } from '../db/pages.ts';
import { allColumnsOf, columnsOf, rows } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import { checked, text } from '../input.ts';

/** For each of these books a page of its reviews, the newest first, in one query for all of them; `totalCount` costs another. */
export async function reviewPages(
  db: Transaction,
  reach: Reach<'Review'>,
  bookIds: string[],
  args: PageArgs,
): Promise<(bookId: string) => CountedPage<Review>> {
  const { reached, between, orderBy, limit, toPage } = pageQuery(args, NEWEST_FIRST, reach);
  const page = Prisma.sql`
    SELECT ${columnsOf('review', COLUMNS)} FROM unnest(${bookIds}::uuid[]) AS book("of")
    CROSS JOIN LATERAL (
      SELECT ${columnsOf('Review', COLUMNS)} FROM "Review"
      WHERE "bookId" = book."of" AND ${between} ORDER BY ${orderBy} LIMIT ${limit}
    ) AS review
    ORDER BY ${orderBy}`;
  const reviews = await rows<Review>(db, page);

  let counts: ReturnType<typeof countReviews> | undefined;
  const countOf = async (bookId: string) => {
    counts ??= countReviews(db, bookIds, reached);
    return (await counts).get(bookId) ?? 0;
  };
  return (bookId) => {
    const own = reviews.filter((review) => review.bookId === bookId);
    return { ...toPage(own, `reviews ${bookId}`), totalCount: () => countOf(bookId) };
  };
}

async function countReviews(db: Transaction, bookIds: string[], condition: Prisma.Sql) {
  const counted = Prisma.sql`
    SELECT "bookId" AS id, count(*)::int AS count FROM "Review"
    WHERE "bookId" = ANY(${bookIds}::uuid[]) AND ${condition} GROUP BY 1`;
  const counts = await rows<{ id: string; count: number }>(db, counted);
  return new Map(counts.map(({ id, count }) => [id, count]));
}

/** Writes a review of the viewer's, or refuses with BAD_USER_INPUT. */
export async function createReview(db: Transaction, viewer: Viewer, input: NewReviewInput, now: Date) {
  return db.review.create({ data: { ...checked(NewReview, input), reviewerId: viewer.id, createdAt: now } });
}

/** Deletes the review and returns its id, or refuses with NOT_FOUND. */
export async function deleteReview(db: Transaction, reach: Reach<'Review'>, id: string) {
  const { count } = await db.review.deleteMany({ where: { AND: reach.where, id } });
  if (count === 0) throw new AppError('NOT_FOUND', 'no such review, or not one that the viewer may reach');
  return id;
}

const COLUMNS = allColumnsOf('Review');
const NEWEST_FIRST = { field: 'createdAt', direction: 'desc', type: 'timestamptz' } as const;

const NewReview = z.object({
  // What it names was judged before (`refersTo`).
  bookId: z.string(),
  stars: z.int().min(1, 'Must be from 1 to 5.').max(5, 'Must be from 1 to 5.'),
  text: text(1, 10_000),
});

interface NewReviewInput {
  bookId: string;
  stars: number;
  text: string;
}
