// Fastify and Mercurius with graphql-jit, SQL by hand and loaders.
import { readFileSync } from 'node:fs';
import argon2 from 'argon2';
import fastify from 'fastify';
import mercurius from 'mercurius';
import pg from 'pg';
import { issue, ticketOf, viewerOf } from './tokens.mjs';

const { DATABASE_URL: connectionString, PORT } = process.env;
const pool = new pg.Pool({ connectionString, max: 10 });
const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;
const row = async (name, text, values) => (await rows(name, text, values))[0];

const viewerIn = ({ viewer }) => {
  if (!viewer) throw new mercurius.ErrorWithProps('Sign in first.');
  return viewer;
};

const Query = {
  me: (_root, _args, context) => row('me', 'SELECT id, email FROM "User" WHERE id = $1', [viewerIn(context).sub]),
  task: (_root, { id }, context) =>
    row('task', 'SELECT id, title, status, "ownerId" FROM "Task" WHERE id = $1 AND "ownerId" = $2', [
      id,
      viewerIn(context).sub,
    ]),
  tasks: async (_root, { first = 20 }, context) => ({
    nodes: await rows(
      'tasks',
      'SELECT id, title, status, "ownerId" FROM "Task" WHERE "ownerId" = $1 ORDER BY "createdAt", id LIMIT $2',
      [viewerIn(context).sub, first],
    ),
  }),
  users: async (_root, { first = 20 }, context) => {
    if (viewerIn(context).role !== 'ADMIN') throw new mercurius.ErrorWithProps('For admins.');
    return { nodes: await rows('users', 'SELECT id, email FROM "User" ORDER BY "createdAt", id LIMIT $1', [first]) };
  },
};

const Mutation = {
  createTask: (_root, { input: { title } }, context) =>
    row(
      'createTask',
      `INSERT INTO "Task"(id, title, "titleFolded", "createdAt", "updatedAt", "ownerId")
       VALUES (gen_random_uuid(), $1, $2, now(), now(), $3) RETURNING id, title, status, "ownerId"`,
      [title, title.toUpperCase(), viewerIn(context).sub],
    ),
  updateTask: (_root, { id, input: { title } }, context) =>
    row(
      'updateTask',
      `UPDATE "Task" SET title = $1, "titleFolded" = $2, "updatedAt" = now() WHERE id = $3 AND "ownerId" = $4
       RETURNING id, title, status, "ownerId"`,
      [title, title.toUpperCase(), id, viewerIn(context).sub],
    ),
  async login(_root, { input: { email, password } }) {
    const user = await row(
      'password',
      'SELECT id, role, hash FROM "User" JOIN "Password" ON "userId" = id WHERE email = $1 AND NOT disabled',
      [email],
    );
    if (!user || !(await argon2.verify(user.hash, password))) {
      throw new mercurius.ErrorWithProps('Email or password is wrong.');
    }
    const session = await row(
      'signIn',
      `INSERT INTO "Session"(id, "userId", "createdAt", "lastUsedAt", "idleExpiresAt", "absoluteExpiresAt")
       VALUES (gen_random_uuid(), $1, now(), now(), now() + interval '7 days', now() + interval '30 days')
       RETURNING id AS sid, generation AS gen`,
      [user.id],
    );
    return issue(session, user);
  },
  async refresh(_root, { input: { refreshToken } }) {
    const { sid, gen } = ticketOf(refreshToken);
    const session = await row(
      'refresh',
      `UPDATE "Session" session SET generation = generation + 1, "lastUsedAt" = now(),
         "idleExpiresAt" = least("absoluteExpiresAt", now() + interval '7 days')
       FROM "User" owner WHERE session.id = $1 AND generation = $2 AND "endedAt" IS NULL AND owner.id = "userId" AND NOT disabled
       RETURNING session.id AS sid, generation AS gen, owner.id, role`,
      [sid, gen],
    );
    return issue(session, session);
  },
};

const loaders = {
  Task: {
    async owner(queries) {
      const ids = queries.map(({ obj }) => obj.ownerId);
      const owners = await rows('owners', 'SELECT id, email FROM "User" WHERE id = ANY($1)', [ids]);
      const byId = new Map(owners.map((owner) => [owner.id, owner]));
      return ids.map((id) => byId.get(id));
    },
  },
  User: {
    async tasks(queries) {
      const tasks = await rows(
        'tasksOf',
        `SELECT task.* FROM unnest($1::uuid[], $2::int[]) AS owner(id, first)
         CROSS JOIN LATERAL (SELECT id, title, status, "ownerId" FROM "Task" WHERE "ownerId" = owner.id
           ORDER BY "createdAt", id LIMIT first) task`,
        [queries.map(({ obj }) => obj.id), queries.map(({ params }) => params.first ?? 20)],
      );
      const pages = new Map(queries.map(({ obj }) => [obj.id, { nodes: [] }]));
      for (const task of tasks) pages.get(task.ownerId).nodes.push(task);
      return queries.map(({ obj }) => pages.get(obj.id));
    },
  },
};

const app = fastify();
await app.register(mercurius, {
  schema: readFileSync(new URL('../harness/schema.graphql', import.meta.url), 'utf8'),
  resolvers: { Query, Mutation },
  loaders,
  jit: 1,
  context: ({ headers }) => ({ viewer: viewerOf(headers.authorization) }),
});
console.log(`${await app.listen({ port: Number(PORT), host: '127.0.0.1' })}/graphql`);
