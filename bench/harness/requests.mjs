import assert from 'node:assert/strict';
import { ADMIN, emailOf, PASSWORD, person, TASKS, task, taskId, USERS } from './data.mjs';
import { documents } from './documents.mjs';

// Readers and writers are not the same users, so that what is read stays as it was filled in.
const reader = (connection) => 1 + connection;
const writer = (connection) => 500 + connection;

/**
 * What is measured: a document; who asks over which connection; the variables, which may depend on how often the connection has
 * asked (`turn`) and on its tokens; and `check`, which throws if the data of the answer is not right.
 */
export const requests = {
  typename: read(documents.typename, reader, () => ({ __typename: 'Query' })),
  me: read(documents.me, reader, (user) => ({ me: person(user) })),
  task: read(
    documents.task,
    reader,
    (user) => ({ task: task(user, 7) }),
    ({ user }) => ({ id: taskId(user, 7) }),
  ),
  tasks: read(documents.tasks, reader, (user) => ({
    tasks: { nodes: first(20, (place) => ({ ...task(user, place), owner: person(user) })) },
  })),
  users: read(
    documents.users,
    () => ADMIN,
    () => ({ users: { nodes: first(20, (user) => ({ tasks: { nodes: first(5, (place) => named(user, place)) } })) } }),
  ),
  createTask: {
    document: documents.createTask,
    asker: writer,
    variables: ({ turn }) => ({ input: { title: `New ${turn}` } }),
    check: ({ createTask: { id, ...rest } }) => {
      assert.match(id, /^[0-9a-f-]{36}$/);
      assert.deepEqual(rest, { title: 'New 0', status: 'TODO' });
    },
  },
  updateTask: {
    document: documents.updateTask,
    asker: writer,
    variables: ({ user, turn }) => ({ id: taskId(user, TASKS - 1), input: { title: `Changed ${turn}` } }),
    check: ({ updateTask }, user) =>
      assert.deepEqual(updateTask, { id: taskId(user, TASKS - 1), title: 'Changed 0', status: 'TODO' }),
  },
  login: {
    document: documents.login,
    asker: reader,
    variables: ({ user }) => ({ input: { email: emailOf(user), password: PASSWORD } }),
    check: ({ login }) => checkTokens(login),
    // Latchkey lets 64 wait for their turn at hashing, and asks all others to come back.
    atMost: 16,
  },
  refresh: {
    document: documents.refresh,
    asker: reader,
    variables: ({ refreshToken }) => ({ input: { refreshToken } }),
    check: ({ refresh }) => checkTokens(refresh),
    /** The token for the next turn. */
    refreshed: ({ refresh }) => refresh.refreshToken,
  },
  /** Measured by fan-out.mjs: one user changes a task, and each connection is a stream that has to tell. */
  fanOut: { document: documents.taskChanged, asker: () => USERS - 1, subscribers: 100 },
};

/** With how many connections a request is measured, of those that are asked for. */
export const connectionsOf = ({ subscribers, atMost = Number.POSITIVE_INFINITY }, asked) =>
  subscribers ? [subscribers] : asked.filter((connections) => connections <= atMost);

function read(document, asker, expected, variables = () => ({})) {
  return { document, asker, variables, check: (data, user) => assert.deepEqual(data, expected(user)) };
}

function checkTokens({ accessToken, refreshToken }) {
  for (const token of [accessToken, refreshToken]) assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
}

function named(user, place) {
  const { id, title } = task(user, place);
  return { id, title };
}

const first = (count, make) => Array.from({ length: count }, (_, n) => make(n));
