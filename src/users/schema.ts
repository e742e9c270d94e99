import { viewerOf } from '../context.ts';
import type { User as UserRow } from '../db/generated/client.ts';
import { Role as roles } from '../db/generated/enums.ts';
import { builder } from '../graphql/builder.ts';
import { connectionOf, pageArgs } from '../graphql/connection.ts';
import { permissionsOn } from '../graphql/permissions.ts';
import { reach } from '../graphql/reach.ts';
import { findUser, getUser, updateMailSettings, updateUser, userPage } from './users.ts';

export const Role = builder.enumType(roles, { name: 'Role' });

const UserPermissions = permissionsOn('User', {
  setRole: 'setUserRole',
  setDisabled: 'setUserDisabled',
  revokeSessions: 'revokeUserSessions',
});

const MailSettings = builder.objectRef<UserRow>('MailSettings').implement({
  description: 'Which mails a user gets, of those that can be switched off.',
  auth: ['PUBLIC'],
  fields: (t) => ({
    newNetwork: t.exposeBoolean('mailsNewNetwork', {
      description: 'Of a sign-in from a network that was not seen before.',
    }),
    roleChanged: t.exposeBoolean('mailsRoleChanged', { description: 'Of another role.' }),
  }),
});

export const User = builder.prismaObject('User', {
  description: 'Somebody with an account.',
  auth: ['OWNER', 'ADMIN'],
  owner: 'id',
  fields: (t) => ({
    id: t.exposeID('id'),
    email: t.exposeString('email'),
    emailVerified: t.boolean({
      description: 'Whether the mailbox was shown to be theirs.',
      resolve: ({ emailVerifiedAt }) => emailVerifiedAt !== null,
    }),
    name: t.exposeString('name', { nullable: true }),
    role: t.expose('role', { type: Role }),
    disabled: t.exposeBoolean('disabled', { description: 'A disabled user cannot sign in.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    mailSettings: t.field({ type: MailSettings, resolve: (user) => user }),
    viewerCan: t.field({ type: UserPermissions, resolve: (user) => user }),
  }),
});

const UserConnection = connectionOf('User', User, ['ADMIN']);

builder.queryField('viewer', (t) =>
  t.field({
    type: User,
    nullable: true,
    auth: ['PUBLIC'],
    description:
      'The viewer; null, and never an error, where nobody is signed in. Why a token that was sent cannot be used is in `extensions.viewer.code` of the answer, and in WWW-Authenticate.',
    resolve: (_root, _args, { db, identity, token }) => {
      const viewer = identity.current();
      if (typeof viewer !== 'string') return findUser(db, viewer.id);
      if (viewer !== 'UNAUTHENTICATED') token.viewerRefused = viewer;
      return null;
    },
  }),
);

builder.queryField('me', (t) =>
  t.field({
    type: User,
    auth: ['AUTHENTICATED'],
    description: 'The viewer.',
    resolve: (_root, _args, context) => getUser(context.db, viewerOf(context).id),
  }),
);

builder.queryField('user', (t) =>
  t.field({
    type: User,
    nullable: true,
    auth: ['OWNER', 'ADMIN'],
    description: "FORBIDDEN for every id but the viewer's own, existing or not, unless the viewer is an admin.",
    args: { id: t.arg.id({ required: true, refersTo: 'User' }) },
    resolve: (_root, { id }, { db }) => findUser(db, id),
  }),
);

builder.queryField('users', (t) =>
  t.field({
    type: UserConnection,
    auth: ['ADMIN'],
    description: 'All users, in the order in which they signed up.',
    args: { ...pageArgs, search: t.arg.string({ description: 'Part of an email or a name.' }) },
    resolve: (_root, args, context, info) => userPage(context.db, reach('User', context, info), args),
  }),
);

const UpdateMeInput = builder.inputType('UpdateMeInput', {
  description: 'A field left out stays as it is; null clears it.',
  fields: (t) => ({ name: t.string({ description: 'Up to 100 characters.' }) }),
});

builder.mutationField('updateMe', (t) =>
  t.field({
    type: User,
    auth: ['AUTHENTICATED'],
    description: "Changes the viewer's own account.",
    args: { input: t.arg({ type: UpdateMeInput, required: true }) },
    resolve: (_root, { input }, context) => updateUser(context.db, viewerOf(context).id, input),
  }),
);

const UpdateMailSettingsInput = builder.inputType('UpdateMailSettingsInput', {
  description: 'A field left out stays as it is.',
  fields: (t) => ({ newNetwork: t.boolean(), roleChanged: t.boolean() }),
});

builder.mutationField('updateMailSettings', (t) =>
  t.field({
    type: User,
    auth: ['AUTHENTICATED'],
    description:
      'Switches mails off and on. Of a changed password or email, and of a refresh token used twice, a user always hears.',
    args: { input: t.arg({ type: UpdateMailSettingsInput, required: true }) },
    resolve: (_root, { input }, context) => updateMailSettings(context.db, viewerOf(context).id, input),
  }),
);
