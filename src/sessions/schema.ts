import { viewerOf } from '../context.ts';
import { builder } from '../graphql/builder.ts';
import { reach } from '../graphql/reach.ts';
import { isId } from '../input.ts';
import { endSessions, liveSessions, MOST_SESSIONS } from './sessions.ts';

const Session = builder.prismaObject('Session', {
  description: 'One sign-in of a user, on one device.',
  auth: ['OWNER', 'ADMIN'],
  owner: 'userId',
  fields: (t) => ({
    id: t.exposeID('id'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', description: 'When it was signed in or last refreshed.' }),
    expiresAt: t.expose('idleExpiresAt', {
      type: 'DateTime',
      description: 'When it ends unless it is refreshed before.',
    }),
    userAgent: t.exposeString('userAgent', { nullable: true }),
    ipAddress: t.exposeString('ipAddress', { nullable: true }),
    current: t.boolean({
      description: "Whether it is the session of the viewer's access token.",
      resolve: (session, _args, context) => session.id === viewerOf(context).sessionId,
    }),
  }),
});

builder.queryField('sessions', (t) =>
  t.field({
    type: [Session],
    auth: ['AUTHENTICATED'],
    description: `The viewer's live sessions, newest first. There are ${MOST_SESSIONS} at most: one more sign-in ends the one longest unused.`,
    resolve: (_root, _args, context, info) =>
      liveSessions(context, reach('Session', context, info), viewerOf(context).id),
  }),
);

builder.mutationField('logoutAll', (t) =>
  t.int({
    auth: ['AUTHENTICATED'],
    description: "Ends all of the viewer's sessions, or all but this one; how many were ended.",
    args: { exceptCurrent: t.arg.boolean({ required: true, defaultValue: false }) },
    resolve: (_root, { exceptCurrent }, context) => {
      const { id: userId, sessionId } = viewerOf(context);
      return endSessions(context, { userId, ...(exceptCurrent && { id: { not: sessionId } }) }, 'LOGOUT');
    },
  }),
);

builder.mutationField('revokeSession', (t) =>
  t.boolean({
    auth: ['AUTHENTICATED'],
    description: "Ends one of the viewer's sessions; false where there is no such live session of theirs.",
    args: { id: t.arg.id({ required: true, refersTo: 'Session', answersItself: true }) },
    resolve: async (_root, { id }, context) =>
      isId(id) && (await endSessions(context, { id, userId: viewerOf(context).id }, 'REVOKED')) === 1,
  }),
);
