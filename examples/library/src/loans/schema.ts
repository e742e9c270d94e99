import { getBooks } from '../books/books.ts';
import { Book } from '../books/schema.ts';
import { viewerOf } from '../context.ts';
import { batched } from '../graphql/batch.ts';
import { builder } from '../graphql/builder.ts';
import { reach } from '../graphql/reach.ts';
import { CHANGE_KINDS, type Change } from '../live/changes.ts';
import { Member, memberOf } from '../members/schema.ts';
import { borrowBook, findLoan, lentAmong, loansIn, returnBook } from './loans.ts';

const isLent = batched((bookIds: string[], _args: object, { db }) => lentAmong(db, bookIds));

builder.prismaObjectField('Book', 'isLent', (t) =>
  t.boolean({
    description: 'Whether somebody has it.',
    resolve: (book, _args, context, info) => isLent(book.id, {}, context, info),
  }),
);

const bookOf = batched((ids: string[], _args: object, context, info) =>
  getBooks(context.db, reach('Book', context, info), ids),
);

const Loan = builder.prismaObject('Loan', {
  description: 'A book that somebody has.',
  auth: ['OWNER', 'ADMIN', 'MODERATOR'],
  owner: 'borrowerId',
  fields: (t) => ({
    id: t.exposeID('id'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    book: t.field({ type: Book, resolve: (loan, _args, context, info) => bookOf(loan.bookId, {}, context, info) }),
    borrower: t.field({
      type: Member,
      resolve: (loan, _args, context, info) => memberOf(loan.borrowerId, {}, context, info),
    }),
  }),
});

builder.queryField('loans', (t) =>
  t.field({
    type: [Loan],
    auth: ['AUTHENTICATED'],
    description: "The viewer's own loans, or everybody's for whoever may see those; the newest first: 100 at most.",
    resolve: (_root, _args, context, info) => loansIn(context.db, reach('Loan', context, info)),
  }),
);

builder.mutationField('borrowBook', (t) =>
  t.field({
    type: Loan,
    auth: ['AUTHENTICATED'],
    description: 'BOOK_LENT where somebody has it already.',
    args: { id: t.arg.id({ required: true, refersTo: 'Book' }) },
    resolve: (_root, { id }, context) => borrowBook(context.db, viewerOf(context), id, context.now()),
  }),
);

builder.mutationField('returnBook', (t) =>
  t.id({
    auth: ['OWNER', 'BORROWER'],
    description: 'The id of a book that is back. Idempotent.',
    args: { id: t.arg.id({ required: true, refersTo: 'Book' }) },
    resolve: async (_root, { id }, context, info) => {
      await returnBook(context.db, reach('Book', context, info), id);
      return id;
    },
  }),
);

const LoanChangeKind = builder.enumType('LoanChangeKind', { values: CHANGE_KINDS });

const LoanChange = builder.objectRef<Change>('LoanChange').implement({
  auth: ['OWNER'],
  owner: 'ownerId',
  fields: (t) => ({
    kind: t.expose('kind', { type: LoanChangeKind }),
    loanId: t.exposeID('id'),
    loan: t.field({
      type: Loan,
      nullable: true,
      description: 'Null when the book is back.',
      resolve: ({ kind, id }, _args, context, info) =>
        kind === 'DELETED' ? null : findLoan(context.db, reach('Loan', context, info), id),
    }),
  }),
});

// In the first domain that has a subscription: a root type without a field would be no valid schema.
builder.subscriptionType();

builder.subscriptionField('loanChanged', (t) =>
  t.field({
    type: LoanChange,
    auth: ['AUTHENTICATED'],
    description: "Changes to the viewer's own loans.",
    subscribe: (_root, _args, { changes, identity }) => changes.of('Loan', identity),
    resolve: (change) => change,
  }),
);
