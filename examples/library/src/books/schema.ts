import { viewerOf } from '../context.ts';
import { builder } from '../graphql/builder.ts';
import { connectionOf, pageArgs } from '../graphql/connection.ts';
import { permissionsOn } from '../graphql/permissions.ts';
import { reach } from '../graphql/reach.ts';
import { Member, memberOf } from '../members/schema.ts';
import { bookPage, createBook, deleteBook, findBook } from './books.ts';

const BookPermissions = permissionsOn('Book', { delete: 'deleteBook', return: 'returnBook' });

export const Book = builder.prismaObject('Book', {
  description: 'A book that somebody lends.',
  auth: ['PUBLIC'],
  owner: 'lenderId',
  related: { BORROWER: 'loans.borrowerId' },
  fields: (t) => ({
    id: t.exposeID('id'),
    title: t.exposeString('title'),
    author: t.exposeString('author'),
    shelf: t.exposeString('shelf', {
      auth: ['OWNER', 'BORROWER', 'ADMIN'],
      nullable: true,
      description: 'Where to fetch it, and to bring it back to.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    lender: t.field({
      type: Member,
      resolve: (book, _args, context, info) => memberOf(book.lenderId, {}, context, info),
    }),
    viewerCan: t.field({ type: BookPermissions, resolve: (book) => book }),
  }),
});

const BookConnection = connectionOf('Book', Book, ['PUBLIC']);

builder.queryField('book', (t) =>
  t.field({
    type: Book,
    nullable: true,
    auth: ['PUBLIC'],
    args: { id: t.arg.id({ required: true, refersTo: 'Book' }) },
    resolve: (_root, { id }, context, info) => findBook(context.db, reach('Book', context, info), id),
  }),
);

builder.queryField('books', (t) =>
  t.field({
    type: BookConnection,
    auth: ['PUBLIC'],
    description: 'All books, the newest first.',
    args: { ...pageArgs, search: t.arg.string({ description: 'Part of a title or an author.' }) },
    resolve: (_root, args, context, info) => bookPage(context.db, reach('Book', context, info), args),
  }),
);

const CreateBookInput = builder.inputType('CreateBookInput', {
  fields: (t) => ({
    title: t.string({ required: true, description: '1 to 200 characters.' }),
    author: t.string({ required: true, description: '1 to 200 characters.' }),
    shelf: t.string({ description: 'Where to fetch it. Up to 200 characters.' }),
  }),
});

builder.mutationField('createBook', (t) =>
  t.field({
    type: Book,
    auth: ['AUTHENTICATED'],
    description: 'Adds a book that the viewer lends.',
    args: { input: t.arg({ type: CreateBookInput, required: true }) },
    resolve: (_root, { input }, context) => createBook(context.db, viewerOf(context), input, context.now()),
  }),
);

builder.mutationField('deleteBook', (t) =>
  t.id({
    auth: ['OWNER', 'ADMIN'],
    description: 'The deleted id.',
    args: { id: t.arg.id({ required: true, refersTo: 'Book' }) },
    resolve: (_root, { id }, context, info) => deleteBook(context.db, reach('Book', context, info), id),
  }),
);
