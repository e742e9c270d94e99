import { viewerOf } from '../context.ts';
import type { PageArgs } from '../db/pages.ts';
import { batched } from '../graphql/batch.ts';
import { builder } from '../graphql/builder.ts';
import { connectionOf, pageArgs } from '../graphql/connection.ts';
import { permissionsOn } from '../graphql/permissions.ts';
import { reach } from '../graphql/reach.ts';
import { Member, memberOf } from '../members/schema.ts';
import { createReview, deleteReview, reviewPages } from './reviews.ts';

const ReviewPermissions = permissionsOn('Review', { delete: 'deleteReview' });

const Review = builder.prismaObject('Review', {
  description: 'What somebody says of a book.',
  auth: ['PUBLIC'],
  owner: 'reviewerId',
  fields: (t) => ({
    id: t.exposeID('id'),
    stars: t.exposeInt('stars', { description: 'From 1 to 5.' }),
    text: t.exposeString('text'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    reviewer: t.field({
      type: Member,
      resolve: (review, _args, context, info) => memberOf(review.reviewerId, {}, context, info),
    }),
    viewerCan: t.field({ type: ReviewPermissions, resolve: (review) => review }),
  }),
});

const ReviewConnection = connectionOf('Review', Review, ['PUBLIC']);

const reviewsOf = batched((bookIds: string[], args: PageArgs, context, info) =>
  reviewPages(context.db, reach('Review', context, info), bookIds, args),
);

builder.prismaObjectField('Book', 'reviews', (t) =>
  t.field({
    type: ReviewConnection,
    description: 'The newest first.',
    args: pageArgs,
    resolve: (book, args, context, info) => reviewsOf(book.id, args, context, info),
  }),
);

const CreateReviewInput = builder.inputType('CreateReviewInput', {
  fields: (t) => ({
    bookId: t.id({ required: true, refersTo: 'Book' }),
    stars: t.int({ required: true, description: 'From 1 to 5.' }),
    text: t.string({ required: true, description: '1 to 10,000 characters.' }),
  }),
});

builder.mutationField('createReview', (t) =>
  t.field({
    type: Review,
    auth: ['AUTHENTICATED'],
    args: { input: t.arg({ type: CreateReviewInput, required: true }) },
    resolve: (_root, { input }, context) => createReview(context.db, viewerOf(context), input, context.now()),
  }),
);

builder.mutationField('deleteReview', (t) =>
  t.id({
    auth: ['OWNER', 'ADMIN', 'MODERATOR'],
    description: 'The deleted id.',
    args: { id: t.arg.id({ required: true, refersTo: 'Review' }) },
    resolve: (_root, { id }, context, info) => deleteReview(context.db, reach('Review', context, info), id),
  }),
);
