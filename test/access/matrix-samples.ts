import { taskPages } from '../../src/tasks/list.ts';
import { userPage } from '../../src/users/users.ts';
import type { TestApp } from '../kit/app.ts';
import { PASSWORD } from '../kit/app.ts';
import type { Newcomer } from './matrix-people.ts';

/** For each root field that needs arguments: such as are about the owner, or about what belongs to them. */
export const ARGUMENTS: Record<string, (owner: Newcomer, app: TestApp) => object | Promise<object>> = {
  'Query.task': ({ task }) => ({ id: task.id }),
  'Query.user': ({ user }) => ({ id: user.id }),
  'Mutation.createTask': () => ({ input: { title: 'Buy milk' } }),
  'Mutation.updateTask': ({ task }) => ({ id: task.id, input: { title: 'Sell milk' } }),
  'Mutation.deleteTask': ({ task }) => ({ id: task.id }),
  'Mutation.updateMe': () => ({ input: { name: 'Somebody else' } }),
  'Mutation.setUserRole': ({ user }) => ({ userId: user.id, role: 'ADMIN' }),
  'Mutation.setUserDisabled': ({ user }) => ({ userId: user.id, disabled: true }),
  'Mutation.revokeUserSessions': ({ user }) => ({ userId: user.id }),
  'Mutation.revokeSession': ({ session }) => ({ id: session.id }),
  'Mutation.signup': ({ user }) => ({ input: { email: `second.${user.email}`, password: PASSWORD } }),
  'Mutation.login': ({ user }) => ({ input: { email: user.email, password: PASSWORD } }),
  'Mutation.refresh': ({ tokens }) => ({ input: { refreshToken: tokens.refreshToken } }),
  'Mutation.changePassword': () => ({ input: { currentPassword: PASSWORD, newPassword: `${PASSWORD} too` } }),
  'Mutation.deleteMe': () => ({ password: PASSWORD }),
};

/** For each object type: an object that belongs to the owner, as a resolver would return it. */
export const OBJECTS: Record<string, (owner: Newcomer, app: TestApp) => unknown> = {
  Task: ({ task }) => task,
  TaskPermissions: ({ task }) => task,
  TaskConnection: ({ user }, { db }) => tasksOf(db, user.id),
  TaskEdge: async ({ user }, { db }) => (await tasksOf(db, user.id)).edges[0],
  TaskChange: ({ user, task }) => ({ kind: 'UPDATED', taskId: task.id, ownerId: user.id }),
  User: ({ user }) => user,
  UserPermissions: ({ user }) => user,
  UserConnection: (_owner, { db }) => userPage(db, {}),
  UserEdge: async (_owner, { db }) => (await userPage(db, {})).edges[0],
  PageInfo: async ({ user }, { db }) => (await tasksOf(db, user.id)).pageInfo,
  Session: ({ session }) => session,
  AuthPayload: ({ tokens }) => tokens,
};

/** For each person of the matrix for whom a relation holds: what makes it so. */
export const RELATE: Record<string, (owner: Newcomer, asker: Newcomer, app: TestApp) => Promise<unknown>> = {};

const tasksOf = async (db: TestApp['db'], ownerId: string) => (await taskPages(db, [ownerId], {}))(ownerId);
