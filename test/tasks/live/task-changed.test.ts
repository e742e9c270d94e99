import { expect, test } from 'vitest';
import { type Person, startApp } from '../../kit/app.ts';
import { statementsOf } from '../../kit/statements.ts';
import { openStream, type Stream } from '../../kit/stream.ts';

const app = await startApp();
const WATCH = 'subscription { taskChanged { kind taskId task { title owner { email } } } }';
const CREATE = 'mutation ($title: String!) { createTask(input: { title: $title }) { id } }';
const RENAME = 'mutation ($id: ID!, $title: String!) { updateTask(id: $id, input: { title: $title }) { id } }';
const DELETE = 'mutation ($id: ID!) { deleteTask(id: $id) }';

const watch = (person: Person) => openStream(app.url, WATCH, person.accessToken);
const create = async (person: Person, title: string): Promise<string> =>
  (await person.ask(CREATE, { title })).data.createTask.id;

test('a user hears of each change of their tasks, in order', async () => {
  const ann = await app.as('ann');
  const stream = await watch(ann);
  const taskId = await create(ann, 'Buy milk');
  expect(await stream.next()).toEqual({
    data: { taskChanged: { kind: 'CREATED', taskId, task: { title: 'Buy milk', owner: { email: ann.email } } } },
  });
  await ann.ask(RENAME, { id: taskId, title: 'Buy oat milk' });
  expect(await stream.next()).toMatchObject({
    data: { taskChanged: { kind: 'UPDATED', task: { title: 'Buy oat milk' } } },
  });
  await ann.ask(DELETE, { id: taskId });
  expect(await stream.next()).toEqual({ data: { taskChanged: { kind: 'DELETED', taskId, task: null } } });
  stream.close();
});

test("nobody hears of another user's tasks, not even an admin", async () => {
  const [bob, root, ann] = [await app.as('bob'), await app.as('root', 'ADMIN'), await app.as('ann')];
  const streams = [await watch(bob), await watch(root)];
  await create(ann, 'A secret');
  await create(bob, 'of Bob');
  await create(root, 'of Root');
  expect((await streams[0]?.next())?.data.taskChanged.task.title).toBe('of Bob');
  expect((await streams[1]?.next())?.data.taskChanged.task.title).toBe('of Root');
  for (const stream of streams) stream.close();
});

test('nobody who is not signed in is given a stream', async () => {
  const answer = await app.ask(WATCH, {}, { accept: 'application/json' });
  expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  await expect(openStream(app.url, WATCH, 'broken')).rejects.toThrow('401');
});

test('an event costs one query for its task, and none where the task is not asked for or is gone', async () => {
  const gil = await app.as('gil');
  const stream = await watch(gil);
  const taskId = await create(gil, 'Once');
  await stream.next();
  const withTask = await statementsOf(() => changed(taskId, stream));
  expect(withTask.filter(readsTasks)).toHaveLength(1);
  stream.close();
  const lean = await openStream(app.url, 'subscription { taskChanged { kind taskId } }', gil.accessToken);
  const without = await statementsOf(() => changed(taskId, lean));
  expect(without.filter(readsTasks)).toEqual([]);
  lean.close();
});

test('what is no stream is refused a subscription: JSON, and GET', async () => {
  const hal = await app.as('hal');
  const asJson = await hal.ask(WATCH, {}, { accept: 'application/json' });
  expect(asJson).toMatchObject({ status: 406, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  const byGet = await fetch(`${app.url}/graphql?query=${encodeURIComponent(WATCH)}`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${hal.accessToken}` },
  });
  expect(byGet.status).toBe(405);
  expect(await byGet.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
});

test('a silent stream is kept alive by comments, and no proxy may store it', async () => {
  const ida = await app.as('ida');
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${ida.accessToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query: WATCH }),
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toContain('no-store');
  let sent = '';
  for await (const chunk of response.body ?? []) {
    sent += Buffer.from(chunk).toString();
    if (sent.length >= 9) break;
  }
  expect(sent).toMatch(/^(:\n\n)+$/);
});

const readsTasks = (sql: string) => /^SELECT.*"Task"/s.test(sql);

async function changed(taskId: string, stream: Stream) {
  await app.db.$executeRaw`UPDATE "Task" SET title = title || '!' WHERE id = ${taskId}::uuid`;
  await stream.next();
}
