import type { Reach } from '../access/reach.ts';
import type { Viewer } from '../access/rules.ts';
import type { Transaction } from '../db/database.ts';
import { Prisma } from '../db/generated/client.ts';
import { AppError } from '../errors.ts';

/** Lends the book to the viewer, or refuses with BOOK_LENT. */
export async function borrowBook(db: Transaction, viewer: Viewer, bookId: string, now: Date) {
  try {
    return await db.loan.create({ data: { bookId, borrowerId: viewer.id, createdAt: now } });
  } catch (error) {
    // The database decides: of any number who ask at once, one gets the book.
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') {
      throw new AppError('BOOK_LENT', 'somebody has the book', { cause: error });
    }
    throw error;
  }
}

/** Says that the book is back. Idempotent. */
export async function returnBook(db: Transaction, reach: Reach<'Book'>, bookId: string) {
  await db.loan.deleteMany({ where: { bookId, book: reach.where } });
}

/** The loan, or null where there is none or the viewer may not see it. */
export const findLoan = (db: Transaction, reach: Reach<'Loan'>, id: string) =>
  db.loan.findFirst({ where: { AND: reach.where, id } });

/** The loans that the viewer reaches, the newest first: 100 at most. */
export const loansIn = (db: Transaction, reach: Reach<'Loan'>) =>
  db.loan.findMany({ where: reach.where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 100 });

/** Which of these books somebody has. */
export async function lentAmong(db: Transaction, bookIds: string[]) {
  const loans = await db.loan.findMany({ where: { bookId: { in: bookIds } }, select: { bookId: true } });
  const lent = new Set(loans.map(({ bookId }) => bookId));
  return (bookId: string) => lent.has(bookId);
}
