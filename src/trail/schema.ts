import { viewerOf } from '../context.ts';
import { Outcome as outcomes } from '../db/generated/enums.ts';
import { batched } from '../graphql/batch.ts';
import { builder } from '../graphql/builder.ts';
import { connectionOf, pageArgs } from '../graphql/connection.ts';
import { reach } from '../graphql/reach.ts';
import { EVENTS, type KeptEvent } from '../telemetry/events.ts';
import { User } from '../users/schema.ts';
import { findUsers } from '../users/users.ts';
import { eventPage } from './list.ts';

const kept = Object.entries(EVENTS).flatMap(([name, kind]) => ('says' in kind ? [[name, kind.says] as const] : []));

const SecurityEventKind = builder.enumType('SecurityEventKind', {
  values: Object.fromEntries(kept.map(([name, description]) => [name, { description }])) as Record<
    KeptEvent,
    { description: string }
  >,
});

const Outcome = builder.enumType(outcomes, { name: 'Outcome' });

const SecurityEvent = builder.prismaObject('SecurityEvent', {
  description: 'Something that happened to an account, or was tried.',
  auth: ['OWNER', 'ADMIN'],
  owner: 'userId',
  fields: (t) => ({
    id: t.exposeID('id'),
    event: t.field({ type: SecurityEventKind, resolve: ({ event }) => event as KeptEvent }),
    outcome: t.expose('outcome', { type: Outcome }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime' }),
    detail: t.exposeString('detail', {
      nullable: true,
      description: 'The new role, why a session ended, DISABLED or ENABLED, or which command it was.',
    }),
    address: t.exposeString('address', { nullable: true, description: 'From where it came.' }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'What the program called itself.' }),
    requestId: t.exposeString('requestId', { nullable: true, description: 'As in the log, and in x-request-id.' }),
    byOther: t.boolean({
      description: 'Whether somebody else did it, such as an admin.',
      resolve: ({ byId, userId }) => byId !== null && byId !== userId,
    }),
    user: t.field({
      type: User,
      nullable: true,
      auth: ['ADMIN'],
      description: 'On whom; null where there is no such account, or none any more.',
      resolve: ({ userId }, _args, context, info) => userOf(userId, {}, context, info),
    }),
    by: t.field({
      type: User,
      nullable: true,
      auth: ['ADMIN'],
      description: 'Who did it; null where nobody was signed in, or they have no account any more.',
      resolve: ({ byId }, _args, context, info) => userOf(byId, {}, context, info),
    }),
  }),
});

const userOf = batched(async (ids: (string | null)[], _args: object, { db }) => {
  const users = await findUsers(
    db,
    ids.filter((id) => id !== null),
  );
  return (id: string | null) => users.get(id ?? '') ?? null;
});

const SecurityEventConnection = connectionOf('SecurityEvent', SecurityEvent, ['AUTHENTICATED']);

/** A tab of GraphiQL. */
const MY_SECURITY_EVENTS = `# What has happened to your account.
query MySecurityEvents {
  mySecurityEvents(first: 10) {
    nodes {
      event
      outcome
      occurredAt
      address
      userAgent
    }
  }
}
`;

builder.queryField('mySecurityEvents', (t) =>
  t.field({
    type: SecurityEventConnection,
    auth: ['AUTHENTICATED'],
    description: "What has happened to the viewer's own account, newest first.",
    extensions: { sample: MY_SECURITY_EVENTS },
    args: pageArgs,
    resolve: (_root, args, context, info) =>
      eventPage(context.db, reach('SecurityEvent', context, info), args, { userId: viewerOf(context).id }),
  }),
);

const SecurityEventFilter = builder.inputType('SecurityEventFilter', {
  description: 'Security events that meet every condition that is given.',
  fields: (t) => ({
    userId: t.id({ refersTo: 'User', answersItself: true, description: 'On whom, also one who is gone.' }),
    event: t.field({ type: [SecurityEventKind], description: 'One of these.' }),
    since: t.field({ type: 'DateTime' }),
    until: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
});

builder.queryField('securityEvents', (t) =>
  t.field({
    type: SecurityEventConnection,
    auth: ['ADMIN'],
    description: 'What has happened to all accounts, newest first.',
    args: { ...pageArgs, filter: t.arg({ type: SecurityEventFilter }) },
    resolve: (_root, { filter, ...args }, context, info) =>
      eventPage(context.db, reach('SecurityEvent', context, info), args, filter ?? {}),
  }),
);
