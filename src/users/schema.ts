import { batched } from '../graphql/batch.ts';
import { builder } from '../graphql/builder.ts';
import { connectionOf, pageArgs } from '../graphql/connection.ts';
import { viewerIn, viewerOf } from '../graphql/context.ts';
import { permissions } from '../graphql/permissions.ts';
import { type TaskPageArgs, taskPages } from '../tasks/list.ts';
import { TaskConnection, taskPageArgs } from '../tasks/schema.ts';
import { findUser, getUser, getUsers, updateUser, userPage } from './users.ts';

export const Role = builder.enumType('Role', { values: ['USER', 'ADMIN'] as const });

const UserPermissions = permissions('UserPermissions', (user: { id: string }) => user.id, {
  setRole: 'setUserRole',
  setDisabled: 'setUserDisabled',
  revokeSessions: 'revokeUserSessions',
});

export const User = builder.prismaObject('User', {
  description: 'Somebody with an account.',
  auth: ['OWNER', 'ADMIN'],
  owner: (user) => user.id,
  fields: (t) => ({
    id: t.exposeID('id'),
    email: t.exposeString('email'),
    name: t.exposeString('name', { nullable: true }),
    role: t.expose('role', { type: Role }),
    disabled: t.exposeBoolean('disabled', { description: 'A disabled user cannot sign in.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    viewerCan: t.field({ type: UserPermissions, resolve: (user) => user }),
  }),
});

const UserConnection = connectionOf('User', User, ['ADMIN']);

builder.queryField('viewer', (t) =>
  t.field({
    type: User,
    nullable: true,
    auth: ['PUBLIC'],
    description: 'The signed-in user; null, and never an error, for anyone else.',
    resolve: (_root, _args, context) => {
      const viewer = viewerIn(context);
      return viewer && findUser(context.db, viewer.id);
    },
  }),
);

builder.queryField('me', (t) =>
  t.field({
    type: User,
    auth: ['AUTHENTICATED'],
    description: 'The signed-in user.',
    resolve: (_root, _args, context) => getUser(context.db, viewerOf(context).id),
  }),
);

builder.queryField('user', (t) =>
  t.field({
    type: User,
    nullable: true,
    auth: ['OWNER', 'ADMIN'],
    owner: ({ id }) => id,
    description: "FORBIDDEN for every id but the caller's own, existing or not, unless the caller is an admin.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db }) => findUser(db, id),
  }),
);

builder.queryField('users', (t) =>
  t.field({
    type: UserConnection,
    auth: ['ADMIN'],
    description: 'All users, in the order in which they signed up.',
    args: { ...pageArgs, search: t.arg.string({ description: 'Part of an email or a name.' }) },
    resolve: (_root, args, { db }) => userPage(db, args),
  }),
);

const tasksOf = batched((ownerIds: string[], args: TaskPageArgs, { db }) => taskPages(db, ownerIds, args));

builder.prismaObjectField('User', 'tasks', (t) =>
  t.field({
    type: TaskConnection,
    args: taskPageArgs,
    resolve: (user, args, context, info) => tasksOf(user.id, args, context, info),
  }),
);

const ownerOf = batched((ids: string[], _args: object, { db }) => getUsers(db, ids));

builder.prismaObjectField('Task', 'owner', (t) =>
  t.field({ type: User, resolve: (task, args, context, info) => ownerOf(task.ownerId, args, context, info) }),
);

const UpdateMeInput = builder.inputType('UpdateMeInput', {
  description: 'A field left out stays as it is; null clears it.',
  fields: (t) => ({ name: t.string({ description: 'Up to 100 characters.' }) }),
});

builder.mutationField('updateMe', (t) =>
  t.field({
    type: User,
    auth: ['AUTHENTICATED'],
    description: "Changes the signed-in user's own account.",
    args: { input: t.arg({ type: UpdateMeInput, required: true }) },
    resolve: (_root, { input }, context) => updateUser(context.db, viewerOf(context).id, input),
  }),
);
