import { builder } from '../graphql/builder.ts';
import { Role, User } from '../users/schema.ts';
import { revokeUserSessions, setUserDisabled, setUserRole } from './admin.ts';

builder.mutationField('setUserRole', (t) =>
  t.field({
    type: User,
    auth: ['ADMIN'],
    transaction: false,
    description: 'Felt on the next request. The last enabled admin stays one.',
    args: { userId: t.arg.id({ required: true, refersTo: 'User' }), role: t.arg({ type: Role, required: true }) },
    resolve: (_root, { userId, role }, context) => setUserRole(context.sessions, userId, role),
  }),
);

builder.mutationField('setUserDisabled', (t) =>
  t.field({
    type: User,
    auth: ['ADMIN'],
    transaction: false,
    description: "A disabled user's sessions end at once, and login answers as for a wrong password.",
    args: { userId: t.arg.id({ required: true, refersTo: 'User' }), disabled: t.arg.boolean({ required: true }) },
    resolve: (_root, { userId, disabled }, context) => setUserDisabled(context.sessions, userId, disabled),
  }),
);

builder.mutationField('revokeUserSessions', (t) =>
  t.int({
    auth: ['ADMIN'],
    transaction: false,
    description: 'Ends all sessions of a user; how many were ended.',
    args: { userId: t.arg.id({ required: true, refersTo: 'User' }) },
    resolve: (_root, { userId }, context) => revokeUserSessions(context.sessions, userId),
  }),
);
