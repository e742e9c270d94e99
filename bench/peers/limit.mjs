// The limit: the least that answers these requests. The token is checked, one prepared statement is run, and no GraphQL is read.
import { createServer } from 'node:http';
import argon2 from 'argon2';
import pg from 'pg';
import { documents } from '../harness/documents.mjs';
import { createStreams } from './changes.mjs';
import { issue, ticketOf, viewerOf } from './tokens.mjs';

const { DATABASE_URL: connectionString, PORT } = process.env;
const pool = new pg.Pool({ connectionString, max: 10 });
const rows = async (text, values) => (await pool.query({ name: NAMES.get(text), text, values })).rows;
const row = async (text, values) => (await rows(text, values))[0];

const SQL = {
  me: 'SELECT id, email FROM "User" WHERE id = $1',
  task: 'SELECT id, title, status FROM "Task" WHERE id = $1 AND "ownerId" = $2',
  tasks: `SELECT task.id, title, status, owner.id AS "ownerId", email FROM "Task" task JOIN "User" owner ON owner.id = "ownerId"
    WHERE "ownerId" = $1 ORDER BY task."createdAt", task.id LIMIT 20`,
  users: `SELECT owner.id AS "ownerId", task.id, title FROM (SELECT id, "createdAt" FROM "User" ORDER BY "createdAt", id LIMIT 20) owner
    LEFT JOIN LATERAL (SELECT id, title, "createdAt" FROM "Task" WHERE "ownerId" = owner.id ORDER BY "createdAt", id LIMIT 5) task ON true
    ORDER BY owner."createdAt", owner.id, task."createdAt", task.id`,
  createTask: `INSERT INTO "Task"(id, title, "titleFolded", "createdAt", "updatedAt", "ownerId")
    VALUES (gen_random_uuid(), $1, $2, now(), now(), $3) RETURNING id, title, status`,
  updateTask: `UPDATE "Task" SET title = $1, "titleFolded" = $2, "updatedAt" = now() WHERE id = $3 AND "ownerId" = $4
    RETURNING id, title, status`,
  password: 'SELECT id, role, hash FROM "User" JOIN "Password" ON "userId" = id WHERE email = $1 AND NOT disabled',
  signIn: `INSERT INTO "Session"(id, "userId", "createdAt", "lastUsedAt", "idleExpiresAt", "absoluteExpiresAt")
    VALUES (gen_random_uuid(), $1, now(), now(), now() + interval '7 days', now() + interval '30 days')
    RETURNING id AS sid, generation AS gen`,
  refresh: `UPDATE "Session" session SET generation = generation + 1, "lastUsedAt" = now(),
      "idleExpiresAt" = least("absoluteExpiresAt", now() + interval '7 days')
    FROM "User" owner WHERE session.id = $1 AND generation = $2 AND "endedAt" IS NULL AND owner.id = "userId" AND NOT disabled
    RETURNING session.id AS sid, generation AS gen, owner.id, role`,
};
const NAMES = new Map(Object.entries(SQL).map(([name, text]) => [text, name]));

const answers = {
  typename: () => ({ __typename: 'Query' }),
  me: async ({ sub }) => ({ me: await row(SQL.me, [sub]) }),
  task: async ({ sub }, { id }) => ({ task: await row(SQL.task, [id, sub]) }),
  tasks: async ({ sub }) => ({ tasks: { nodes: (await rows(SQL.tasks, [sub])).map(withOwner) } }),
  users: async ({ role }) => {
    if (role !== 'ADMIN') throw new Error('For admins.');
    const byOwner = new Map();
    for (const { ownerId, id, title } of await rows(SQL.users)) {
      if (!byOwner.has(ownerId)) byOwner.set(ownerId, []);
      if (id) byOwner.get(ownerId).push({ id, title });
    }
    return { users: { nodes: Array.from(byOwner.values(), (nodes) => ({ tasks: { nodes } })) } };
  },
  createTask: async ({ sub }, { input: { title } }) => ({
    createTask: await row(SQL.createTask, [title, title.toUpperCase(), sub]),
  }),
  updateTask: async ({ sub }, { id, input: { title } }) => ({
    updateTask: await row(SQL.updateTask, [title, title.toUpperCase(), id, sub]),
  }),
  login: async (_viewer, { input: { email, password } }) => {
    const user = await row(SQL.password, [email]);
    if (!user || !(await argon2.verify(user.hash, password))) throw new Error('Email or password is wrong.');
    return { login: issue(await row(SQL.signIn, [user.id]), user) };
  },
  refresh: async (_viewer, { input: { refreshToken } }) => {
    const { sid, gen } = ticketOf(refreshToken);
    const session = await row(SQL.refresh, [sid, gen]);
    return { refresh: issue(session, session) };
  },
};
const byDocument = new Map(Object.entries(answers).map(([name, answer]) => [documents[name], answer]));
const PUBLIC = new Set([documents.login, documents.refresh]);

const withOwner = ({ ownerId, email, ...task }) => ({ ...task, owner: { id: ownerId, email } });

const openStream = createStreams((id, ownerId) => row(SQL.task, [id, ownerId]));

async function answer({ headers: { authorization } }, response, { query, variables }) {
  const viewer = viewerOf(authorization);
  if (!viewer && !PUBLIC.has(query)) throw new Error('Sign in first.');
  if (query === documents.taskChanged) return openStream(viewer, response);
  const body = JSON.stringify({ data: await byDocument.get(query)(viewer, variables) });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  request.on('end', () =>
    answer(request, response, JSON.parse(text)).catch(({ message }) => response.writeHead(500).end(message)),
  );
});
server.listen(PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/graphql`));
