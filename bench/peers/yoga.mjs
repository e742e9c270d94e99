// Yoga, Pothos and Prisma, with a check of the owner in each resolver.
import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import { GraphQLError } from 'graphql';
import { createPubSub, createYoga } from 'graphql-yoga';
import { getDatamodel } from '../../dist/db/generated/pothos.js';
import { hearChanges } from './changes.mjs';
import { createTask, db, login, ORDER, refresh, updateTask } from './prisma.mjs';
import { viewerOf } from './tokens.mjs';

const builder = new SchemaBuilder({ plugins: [PrismaPlugin], prisma: { client: db, dmmf: getDatamodel() } });

const viewerIn = ({ viewer }) => {
  if (!viewer) throw new GraphQLError('Sign in first.');
  return viewer;
};

const TaskStatus = builder.enumType('TaskStatus', { values: ['TODO', 'IN_PROGRESS', 'DONE'] });

const User = builder.prismaObject('User', {
  fields: (t) => ({ id: t.exposeID('id'), email: t.exposeString('email') }),
});
const Task = builder.prismaObject('Task', {
  fields: (t) => ({
    id: t.exposeID('id'),
    title: t.exposeString('title'),
    status: t.expose('status', { type: TaskStatus }),
    owner: t.relation('owner'),
  }),
});

/** Holds `find(query)`, since only the nodes know what has been asked of them. */
const connectionOf = (name, node) =>
  builder.objectRef(name).implement({
    fields: (t) => ({ nodes: t.prismaField({ type: [node], resolve: (query, { find }) => find(query) }) }),
  });
const TaskConnection = connectionOf('TaskConnection', Task);
const UserConnection = connectionOf('UserConnection', User);

const first = (t) => ({ first: t.arg.int({ defaultValue: 20 }) });

builder.prismaObjectField(User, 'tasks', (t) =>
  t.field({
    type: TaskConnection,
    args: first(t),
    resolve: ({ id }, { first }) => ({
      find: (query) => db.user.findUnique({ where: { id } }).tasks({ ...query, orderBy: ORDER, take: first }),
    }),
  }),
);

builder.queryType({
  fields: (t) => ({
    me: t.prismaField({
      type: User,
      resolve: (query, _root, _args, context) =>
        db.user.findUniqueOrThrow({ ...query, where: { id: viewerIn(context).sub } }),
    }),
    task: t.prismaField({
      type: Task,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (query, _root, { id }, context) =>
        db.task.findFirst({ ...query, where: { id, ownerId: viewerIn(context).sub } }),
    }),
    tasks: t.field({
      type: TaskConnection,
      args: first(t),
      resolve: (_root, { first }, context) => {
        const where = { ownerId: viewerIn(context).sub };
        return { find: (query) => db.task.findMany({ ...query, where, orderBy: ORDER, take: first }) };
      },
    }),
    users: t.field({
      type: UserConnection,
      args: first(t),
      resolve: (_root, { first }, context) => {
        if (viewerIn(context).role !== 'ADMIN') throw new GraphQLError('For admins.');
        return { find: (query) => db.user.findMany({ ...query, orderBy: ORDER, take: first }) };
      },
    }),
  }),
});

const input = (t, name, fields) => ({
  input: t.arg({
    required: true,
    type: builder.inputType(name, {
      fields: (t) => Object.fromEntries(fields.map((field) => [field, t.string({ required: true })])),
    }),
  }),
});

const AuthPayload = builder.objectRef('AuthPayload').implement({
  fields: (t) => ({ accessToken: t.exposeString('accessToken'), refreshToken: t.exposeString('refreshToken') }),
});

builder.mutationType({
  fields: (t) => ({
    createTask: t.field({
      type: Task,
      args: input(t, 'CreateTaskInput', ['title']),
      resolve: (_root, { input }, context) => createTask(viewerIn(context).sub, input),
    }),
    updateTask: t.field({
      type: Task,
      args: { id: t.arg.id({ required: true }), ...input(t, 'UpdateTaskInput', ['title']) },
      resolve: (_root, { id, input }, context) => updateTask(viewerIn(context).sub, id, input),
    }),
    login: t.field({
      type: AuthPayload,
      args: input(t, 'LoginInput', ['email', 'password']),
      resolve: (_root, { input }) => login(input),
    }),
    refresh: t.field({
      type: AuthPayload,
      args: input(t, 'RefreshInput', ['refreshToken']),
      resolve: (_root, { input }) => refresh(input),
    }),
  }),
});

// Each subscriber listens to the one target, and Node would warn of more than ten.
setMaxListeners(0);
const changes = createPubSub();
let listening;

const TaskChange = builder.objectRef('TaskChange').implement({
  fields: (t) => ({
    kind: t.exposeString('kind'),
    task: t.prismaField({
      type: Task,
      nullable: true,
      resolve: (query, { id }) => db.task.findUnique({ ...query, where: { id } }),
    }),
  }),
});

builder.subscriptionType({
  fields: (t) => ({
    taskChanged: t.field({
      type: TaskChange,
      subscribe: async (_root, _args, context) => {
        // Not before anybody wants to hear: mutations alone would pay for it.
        listening ??= hearChanges((change) => changes.publish(change.ownerId, change));
        await listening;
        return changes.subscribe(viewerIn(context).sub);
      },
      resolve: (change) => change,
    }),
  }),
});

const yoga = createYoga({
  schema: builder.toSchema(),
  graphiql: false,
  context: ({ request }) => ({ viewer: viewerOf(request.headers.get('authorization') ?? undefined) }),
});
const server = createServer(yoga);
server.listen(process.env.PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/graphql`));
