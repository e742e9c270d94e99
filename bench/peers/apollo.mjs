// Apollo Server and Prisma, which makes one query of the look-ups of many objects.
import { readFileSync } from 'node:fs';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { GraphQLError } from 'graphql';
import { createTask, db, login, ORDER, refresh, updateTask } from './prisma.mjs';
import { viewerOf } from './tokens.mjs';

const viewerIn = ({ viewer }) => {
  if (!viewer) throw new GraphQLError('Sign in first.');
  return viewer;
};

const resolvers = {
  Query: {
    me: (_root, _args, context) => db.user.findUnique({ where: { id: viewerIn(context).sub } }),
    task: (_root, { id }, context) => db.task.findFirst({ where: { id, ownerId: viewerIn(context).sub } }),
    tasks: async (_root, { first = 20 }, context) => ({
      nodes: await db.task.findMany({ where: { ownerId: viewerIn(context).sub }, orderBy: ORDER, take: first }),
    }),
    users: async (_root, { first = 20 }, context) => {
      if (viewerIn(context).role !== 'ADMIN') throw new GraphQLError('For admins.');
      return { nodes: await db.user.findMany({ orderBy: ORDER, take: first }) };
    },
  },
  Mutation: {
    createTask: (_root, { input }, context) => createTask(viewerIn(context).sub, input),
    updateTask: (_root, { id, input }, context) => updateTask(viewerIn(context).sub, id, input),
    login: (_root, { input }) => login(input),
    refresh: (_root, { input }) => refresh(input),
  },
  User: {
    tasks: async ({ id }, { first = 20 }) => ({
      nodes: await db.user.findUnique({ where: { id } }).tasks({ orderBy: ORDER, take: first }),
    }),
  },
  Task: {
    owner: ({ id }) => db.task.findUnique({ where: { id } }).owner(),
  },
};

const server = new ApolloServer({
  typeDefs: readFileSync(new URL('../harness/schema.graphql', import.meta.url), 'utf8'),
  resolvers,
});
const { url } = await startStandaloneServer(server, {
  listen: { port: Number(process.env.PORT), host: '127.0.0.1' },
  context: async ({ req }) => ({ viewer: viewerOf(req.headers.authorization) }),
});
console.log(`${url}graphql`);
