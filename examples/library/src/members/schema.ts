import type { User } from '../db/generated/client.ts';
import { batched } from '../graphql/batch.ts';
import { builder } from '../graphql/builder.ts';
import { getUsers } from '../users/users.ts';

export const Member = builder.objectRef<Pick<User, 'name'>>('Member').implement({
  description: 'What anybody may know of a user.',
  auth: ['PUBLIC'],
  fields: (t) => ({ name: t.exposeString('name', { nullable: true }) }),
});

/** The user with this id, as a member: one query for all that an answer shows at one place. */
export const memberOf = batched((ids: string[], _args: object, { db }) => getUsers(db, ids));
