// What is asked of the database with few rows and of the one with many.
import { userId } from '../harness/data.mjs';
import { COLLECTOR, READER } from './fill.mjs';

const ADMIN = 0;
const NODES = 'nodes { id title status owner { id email } }';
const TASKS = `query ($after: String, $filter: TaskFilter, $orderBy: TaskOrder) {
  tasks(first: 20, after: $after, filter: $filter, orderBy: $orderBy) { ${NODES} }
}`;
const COUNT = 'query ($filter: TaskFilter) { tasks(first: 0, filter: $filter) { totalCount } }';
const USERS =
  'query ($after: String, $search: String) { users(first: 20, after: $after, search: $search) { nodes { id email name } } }';
const USER_COUNT = 'query ($search: String) { users(first: 0, search: $search) { totalCount } }';

/** What somebody asks who has a hundred tasks, and an admin, whatever the size: the answer is as long in both. */
export const ofAnySize = [
  { what: 'me', asker: READER, document: '{ me { id email } }' },
  {
    what: 'task(id)',
    asker: READER,
    document: 'query ($id: ID!) { task(id: $id) { id title } }',
    variables: taskOf(READER),
  },
  { what: 'tasks, first 20 with owners', asker: READER, document: TASKS },
  { what: 'the same, after the 50th', asker: READER, document: TASKS, variables: afterTask(READER, 50) },
  { what: 'the same, by title', asker: READER, document: TASKS, variables: () => ({ orderBy: { field: 'TITLE' } }) },
  {
    what: 'tasks, title search',
    asker: READER,
    document: TASKS,
    variables: () => ({ filter: { titleContains: 'milk' } }),
  },
  { what: 'tasks, count', asker: READER, document: COUNT },
];

/** Of 100,000 tasks of one user, and of a million users, at the full size. */
export const ofMany = [
  { what: 'tasks, first 20', asker: COLLECTOR, document: TASKS },
  { what: 'half-way', asker: COLLECTOR, document: TASKS, variables: afterTask(COLLECTOR) },
  { what: 'by title', asker: COLLECTOR, document: TASKS, variables: () => ({ orderBy: { field: 'TITLE' } }) },
  {
    what: 'one status in a thousand',
    asker: COLLECTOR,
    document: TASKS,
    variables: () => ({ filter: { status: ['DONE'] } }),
  },
  {
    what: 'a title of one in five',
    asker: COLLECTOR,
    document: TASKS,
    variables: () => ({ filter: { titleContains: 'milk' } }),
  },
  {
    what: 'a title of none',
    asker: COLLECTOR,
    document: TASKS,
    variables: () => ({ filter: { titleContains: 'zebra' } }),
  },
  { what: 'count', asker: COLLECTOR, document: COUNT },
  {
    what: 'count of one title in five',
    asker: COLLECTOR,
    document: COUNT,
    variables: () => ({ filter: { titleContains: 'milk' } }),
  },
  { what: 'users, first 20', asker: ADMIN, document: USERS },
  { what: 'users, half-way', asker: ADMIN, document: USERS, variables: afterUser },
  {
    what: 'users, first 20, 5 tasks of each',
    asker: ADMIN,
    document: '{ users(first: 20) { nodes { tasks(first: 5) { nodes { id title } } } } }',
  },
  { what: 'users, count', asker: ADMIN, document: USER_COUNT },
];

/** For the admin; again where there is an index of trigrams. */
export const searches = [
  { what: 'a name of one in five', asker: ADMIN, document: USERS, variables: () => ({ search: 'cleo' }) },
  { what: 'an email of one', asker: ADMIN, document: USERS, variables: () => ({ search: 'user9876@' }) },
  { what: 'what nobody has', asker: ADMIN, document: USERS, variables: () => ({ search: 'zebra' }) },
  { what: 'count of one name in five', asker: ADMIN, document: USER_COUNT, variables: () => ({ search: 'cleo' }) },
];

function taskOf(owner) {
  return async (client) => {
    const { rows } = await client.query('SELECT id FROM "Task" WHERE "ownerId" = $1 LIMIT 1', [userId(owner)]);
    return { id: rows[0].id };
  };
}

function afterTask(owner, place) {
  return (client) => after(client, `tasks ${userId(owner)}`, `"Task" WHERE "ownerId" = '${userId(owner)}'`, place);
}

function afterUser(client) {
  return after(client, 'users', '"User"');
}

/** A cursor such as the list gives out, half-way unless a place is given. */
async function after(client, list, from, place = `(SELECT count(*) / 2 FROM ${from})`) {
  const { rows } = await client.query(
    `SELECT id, "createdAt" FROM ${from} ORDER BY "createdAt", id LIMIT 1 OFFSET ${place}`,
  );
  const [{ id, createdAt }] = rows;
  return { after: Buffer.from(JSON.stringify([list, 'createdAt', createdAt, id])).toString('base64url') };
}
