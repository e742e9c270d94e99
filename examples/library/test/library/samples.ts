import { bookPage } from '../../src/books/books.ts';
import type { Book } from '../../src/db/generated/client.ts';
import { reviewPages } from '../../src/reviews/reviews.ts';
import type { Newcomer } from '../access/people.ts';
import type { Samples } from '../access/samples.ts';
import type { TestApp } from '../kit/app.ts';
import { everyRow } from '../kit/reach.ts';

export const samples: Samples = {
  arguments: {
    'Query.book': async (owner, app) => ({ id: (await bookOf(owner, app)).id }),
    'Mutation.createBook': () => ({ input: { title: 'Emma', author: 'Jane Austen' } }),
    'Mutation.deleteBook': async (owner, app) => ({ id: (await bookOf(owner, app)).id }),
    'Mutation.borrowBook': async (owner, app) => ({ id: (await addBook(owner, app)).id }),
    'Mutation.returnBook': async (owner, app) => ({ id: (await bookOf(owner, app)).id }),
    'Mutation.createReview': async (owner, app) => ({
      input: { bookId: (await bookOf(owner, app)).id, stars: 5, text: 'Read it.' },
    }),
    'Mutation.deleteReview': async (owner, app) => ({ id: (await addReview(owner, app)).id }),
  },
  objects: {
    Book: bookOf,
    BookPermissions: bookOf,
    BookConnection: (_owner, { db }) => bookPage(db, everyRow('Book'), {}),
    BookEdge: async (owner, app) => {
      await bookOf(owner, app);
      return (await bookPage(app.db, everyRow('Book'), {})).edges[0];
    },
    Member: ({ user }) => user,
    Loan: async (owner, app) => lend(await addBook(owner, app), owner, app),
    LoanChange: async (owner, app) => {
      const { id } = await lend(await addBook(owner, app), owner, app);
      return { kind: 'CREATED', id, ownerId: owner.user.id };
    },
    Review: addReview,
    ReviewPermissions: addReview,
    ReviewConnection: reviewsOf,
    ReviewEdge: async (owner, app) => (await reviewsOf(owner, app)).edges[0],
  },
  relations: {
    borrower: async (owner, asker, app) => lend(await bookOf(owner, app), asker, app),
  },
  // What everybody may see is nobody's secret: random documents meet what their own mutations have made.
  population: {
    populate: async () => ({ ids: {} }),
    putBack: ({ user }, _mark, { db }) => db.book.deleteMany({ where: { lenderId: user.id } }),
  },
  rows: {
    async Book({ db }) {
      const books = await db.book.findMany({ include: { loans: true } });
      const borrowers = ({ loans }: (typeof books)[number]) => loans.map(({ borrowerId }) => borrowerId);
      return new Map(books.map((book) => [book.id, { OWNER: [book.lenderId], BORROWER: borrowers(book) }]));
    },
    async Loan({ db }) {
      const loans = await db.loan.findMany();
      return new Map(loans.map(({ id, borrowerId }) => [id, { OWNER: [borrowerId] }]));
    },
    async Review({ db }) {
      const reviews = await db.review.findMany();
      return new Map(reviews.map(({ id, reviewerId }) => [id, { OWNER: [reviewerId] }]));
    },
  },
};

/** The one book of the owner's that is asked about: always the same. */
function bookOf(owner: Newcomer, app: TestApp): Promise<Book> {
  const book = made.get(owner) ?? addBook(owner, app);
  made.set(owner, book);
  return book;
}

const made = new WeakMap<Newcomer, Promise<Book>>();

/** One more of the lender's. */
export const addBook = ({ user }: Pick<Newcomer, 'user'>, { db, now }: TestApp, book: Partial<Book> = {}) =>
  db.book.create({
    data: { title: 'Emma', author: 'Jane Austen', shelf: 'Shelf 1', createdAt: now(), ...book, lenderId: user.id },
  });

function lend({ id }: Book, { user }: Newcomer, { db, now }: TestApp) {
  return db.loan.create({ data: { bookId: id, borrowerId: user.id, createdAt: now() } });
}

async function addReview(owner: Newcomer, app: TestApp) {
  const { id } = await bookOf(owner, app);
  return app.db.review.create({
    data: { bookId: id, reviewerId: owner.user.id, stars: 5, text: 'Read it.', createdAt: app.now() },
  });
}

async function reviewsOf(owner: Newcomer, app: TestApp) {
  const { bookId } = await addReview(owner, app);
  return (await reviewPages(app.db, everyRow('Review'), [bookId], {}))(bookId);
}
