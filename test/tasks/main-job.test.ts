import { expect, test } from 'vitest';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { createClient } from '../kit/client.ts';

const { ask, codeOf, url } = await startApp();

const REFRESH = `mutation ($token: String!) {
  refresh(input: { refreshToken: $token }) { accessToken refreshToken }
}`;
const CREATE = `mutation ($input: CreateTaskInput!) {
  createTask(input: $input) { id title description status dueAt createdAt updatedAt owner { email } }
}`;
const UPDATE = `mutation ($id: ID!, $input: UpdateTaskInput!) {
  updateTask(id: $id, input: $input) { id title description status dueAt }
}`;
const TASKS = '{ tasks { totalCount nodes { id title status owner { email } } pageInfo { hasNextPage } } }';

test('somebody signs up, keeps tasks, stays signed in by refreshing, and is out after logging out', async () => {
  const signup = await ask(SIGNUP, { input: { email: 'ann@example.com', password: PASSWORD, name: 'Ann' } });
  expect(signup.data.signup.user).toMatchObject({ email: 'ann@example.com', name: 'Ann', role: 'USER' });
  const login = await ask(LOGIN, { input: { email: 'Ann@Example.com', password: PASSWORD } });
  let ann = bearing(login.data.login.accessToken);

  const milk = { title: ' Buy milk ', description: 'Two litres', dueAt: '2030-01-31T18:00:00+01:00' };
  const created = await ann.ask(CREATE, { input: milk });
  expect(created.data.createTask).toMatchObject({
    title: 'Buy milk',
    description: 'Two litres',
    status: 'TODO',
    dueAt: '2030-01-31T17:00:00.000Z',
    owner: { email: 'ann@example.com' },
  });
  const { id } = created.data.createTask;
  const updated = await ann.ask(UPDATE, { id, input: { status: 'DONE', description: null } });
  expect(updated.data.updateTask).toMatchObject({ id, title: 'Buy milk', status: 'DONE', description: null });
  expect((await ann.ask(TASKS)).data.tasks).toEqual({
    totalCount: 1,
    nodes: [{ id, title: 'Buy milk', status: 'DONE', owner: { email: 'ann@example.com' } }],
    pageInfo: { hasNextPage: false },
  });

  const refreshed = await ask(REFRESH, { token: login.data.login.refreshToken });
  ann = bearing(refreshed.data.refresh.accessToken);
  expect((await ann.ask('mutation ($id: ID!) { deleteTask(id: $id) }', { id })).data.deleteTask).toBe(id);
  expect((await ann.ask(TASKS)).data.tasks.totalCount).toBe(0);

  expect((await ann.ask('mutation { logout }')).data.logout).toBe(true);
  expect(await ann.codeOf(TASKS)).toBe('SESSION_ENDED');
  expect(await codeOf(REFRESH, { token: refreshed.data.refresh.refreshToken })).toBe('REFRESH_REJECTED');
});

test('without signing in, none of it works', async () => {
  expect(await ask(TASKS)).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(await ask(CREATE, { input: { title: 'Buy milk' } })).toMatchObject({ status: 401, data: null });
});

const bearing = (accessToken: string) => createClient(url, { authorization: `Bearer ${accessToken}` });
