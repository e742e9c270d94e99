import { explain, type Verdict as Said } from '../access/explain.ts';
import { rules } from '../access/rules.ts';
import { builder } from '../graphql/builder.ts';
import { Role, User } from '../users/schema.ts';
import { revokeUserSessions, setUserDisabled, setUserRole, viewerAs } from './admin.ts';

builder.mutationField('setUserRole', (t) =>
  t.field({
    type: User,
    auth: ['ADMIN'],
    allOf: ['RECENT'],
    description: 'Felt on the next request. The last enabled admin stays one.',
    args: { userId: t.arg.id({ required: true, refersTo: 'User' }), role: t.arg({ type: Role, required: true }) },
    resolve: (_root, { userId, role }, context) => setUserRole(context, userId, role),
  }),
);

builder.mutationField('setUserDisabled', (t) =>
  t.field({
    type: User,
    auth: ['ADMIN'],
    allOf: ['RECENT'],
    description: "A disabled user's sessions end at once, and login answers as for a wrong password.",
    args: { userId: t.arg.id({ required: true, refersTo: 'User' }), disabled: t.arg.boolean({ required: true }) },
    resolve: (_root, { userId, disabled }, context) => setUserDisabled(context, userId, disabled),
  }),
);

builder.mutationField('revokeUserSessions', (t) =>
  t.int({
    auth: ['ADMIN'],
    description: 'Ends all sessions of a user; how many were ended.',
    args: { userId: t.arg.id({ required: true, refersTo: 'User' }) },
    resolve: (_root, { userId }, context) => revokeUserSessions(context, userId),
  }),
);

const VerdictKind = builder.enumType('VerdictKind', {
  values: {
    ALLOWED: { description: 'The rule lets the user in, whatever the object.' },
    REFUSED: { description: 'The rule does not let the user in, whatever the object.' },
    DEPENDS: { description: 'Only the object can tell, or what a variable holds, or who signs in.' },
  },
});

const Verdict = builder.objectRef<Said>('Verdict').implement({
  description: 'What a rule says to a user at one place of a document.',
  auth: ['ADMIN'],
  fields: (t) => ({
    path: t.exposeString('path', { description: 'The names under which it would be answered: `me.email`.' }),
    place: t.exposeString('place', { description: 'What carries the rule: `Query.me`, `User`, `NoteInput.pinned`.' }),
    rule: t.exposeStringList('rule', { description: 'Whoever satisfies one of these is let in.' }),
    verdict: t.expose('verdict', { type: VerdictKind }),
  }),
});

builder.queryField('explain', (t) =>
  t.field({
    type: [Verdict],
    auth: ['ADMIN'],
    description:
      'What the rules would say to the user, as they are now, of each place of a document, which is not run. Each is judged by itself: a place is reached where none on its path refuses. A variable counts as set, and what one may leave out as asked for.',
    args: {
      userId: t.arg.id({ required: true, refersTo: 'User' }),
      document: t.arg.string({
        required: true,
        description: 'One operation, with its fragments: 10,000 characters and 2,000 tokens at most.',
      }),
    },
    resolve: async (_root, { userId, document }, { db }, { schema }) =>
      explain(rules, await viewerAs(db, userId), schema, document),
  }),
);
