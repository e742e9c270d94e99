import { viewerOf } from '../context.ts';
import { TaskStatus as statuses } from '../db/generated/enums.ts';
import { asked } from '../graphql/asked.ts';
import { batched } from '../graphql/batch.ts';
import { builder } from '../graphql/builder.ts';
import { connectionOf, pageArgs } from '../graphql/connection.ts';
import { permissionsOn } from '../graphql/permissions.ts';
import { reach } from '../graphql/reach.ts';
import { CHANGE_KINDS, type Change } from '../live/changes.ts';
import { User } from '../users/schema.ts';
import { getUsers } from '../users/users.ts';
import { TASK_ORDER_FIELDS, type TaskPageArgs, type TaskRow, taskPages } from './list.ts';
import { CREATE_TASK, LIVE_CHANGES, MY_TASKS } from './samples.ts';
import { createTask, deleteTask, findTask, findTasks, updateTask } from './tasks.ts';

const TaskStatus = builder.enumType(statuses, { name: 'TaskStatus' });

const TaskPermissions = permissionsOn('Task', {
  update: 'updateTask',
  delete: 'deleteTask',
  setOwner: 'UpdateTaskInput.ownerId',
});

const ownerOf = batched((ids: string[], _args: object, { db }) => getUsers(db, ids));

const blockerOf = batched((ids: string[], _args: object, context, info) =>
  findTasks(context.db, reach('Task', context, info), ids, asked('Task', info).columns),
);

const Task = builder.prismaObject('Task', {
  description: 'Something to do.',
  auth: ['OWNER', 'ADMIN'],
  owner: 'ownerId',
  fields: (t) => ({
    id: t.exposeID('id'),
    title: t.exposeString('title'),
    description: t.exposeString('description', { nullable: true }),
    status: t.expose('status', { type: TaskStatus }),
    dueAt: t.expose('dueAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    owner: t.field({
      type: User,
      extensions: { reads: ['ownerId'], joins: 'User' },
      resolve: (task: TaskRow, _args, context, info) => task.owner ?? ownerOf(task.ownerId, {}, context, info),
    }),
    viewerCan: t.field({ type: TaskPermissions, extensions: { reads: ['ownerId'] }, resolve: (task) => task }),
  }),
});

builder.prismaObjectField('Task', 'blockedBy', (t) =>
  t.field({
    type: Task,
    nullable: true,
    description: 'The task that has to be done first; null also for one that the viewer may not see.',
    extensions: { reads: ['blockedById'] },
    resolve: (task, _args, context, info) =>
      task.blockedById === null ? null : blockerOf(task.blockedById, {}, context, info),
  }),
);

const TaskConnection = connectionOf('Task', Task, ['AUTHENTICATED']);

builder.queryField('task', (t) =>
  t.field({
    type: Task,
    nullable: true,
    auth: ['AUTHENTICATED'],
    description: 'Null for an id that does not exist and, alike, for a task that the viewer may not see.',
    args: { id: t.arg.id({ required: true, refersTo: 'Task' }) },
    resolve: (_root, { id }, context, info) =>
      findTask(context.db, reach('Task', context, info), id, asked('Task', info).columns),
  }),
);

const TaskFilter = builder.inputType('TaskFilter', {
  description: 'Tasks that meet every condition that is given.',
  fields: (t) => ({
    status: t.field({ type: [TaskStatus], description: 'One of these.' }),
    titleContains: t.string({ description: 'In any case, and with % and _ as themselves.' }),
    dueAfter: t.field({ type: 'DateTime' }),
    dueBefore: t.field({ type: 'DateTime' }),
  }),
});

const TaskOrderField = builder.enumType('TaskOrderField', { values: TASK_ORDER_FIELDS });
const OrderDirection = builder.enumType('OrderDirection', { values: ['ASC', 'DESC'] as const });

const TaskOrder = builder.inputType('TaskOrder', {
  description:
    'Tasks without a due date come last in ascending order, and first in descending order. Titles are ordered by their characters, in any case.',
  fields: (t) => ({
    field: t.field({ type: TaskOrderField, required: true }),
    direction: t.field({ type: OrderDirection, required: true, defaultValue: 'ASC' }),
  }),
});

const taskPageArgs = builder.args((t) => ({
  ...pageArgs,
  filter: t.field({ type: TaskFilter }),
  orderBy: t.field({ type: TaskOrder }),
}));

builder.queryField('tasks', (t) =>
  t.field({
    type: TaskConnection,
    auth: ['AUTHENTICATED'],
    description: "The viewer's own tasks.",
    extensions: { sample: MY_TASKS },
    args: taskPageArgs,
    resolve: async (_root, args, context, info) => {
      const { id } = viewerOf(context);
      const pageOf = await taskPages(context.db, reach('Task', context, info), [id], args, asked('Task', info));
      return pageOf(id);
    },
  }),
);

const tasksOf = batched((ownerIds: string[], args: TaskPageArgs, context, info) =>
  taskPages(context.db, reach('Task', context, info), ownerIds, args, asked('Task', info)),
);

builder.prismaObjectField('User', 'tasks', (t) =>
  t.field({
    type: TaskConnection,
    args: taskPageArgs,
    resolve: (user, args, context, info) => tasksOf(user.id, args, context, info),
  }),
);

const CreateTaskInput = builder.inputType('CreateTaskInput', {
  fields: (t) => ({
    title: t.string({ required: true, description: '1 to 200 characters.' }),
    description: t.string({ description: 'Up to 10,000 characters.' }),
    status: t.field({ type: TaskStatus, required: true, defaultValue: 'TODO' }),
    dueAt: t.field({ type: 'DateTime' }),
    blockedBy: t.id({ refersTo: 'Task', description: 'The task that has to be done first.' }),
    ownerId: t.id({ auth: ['ADMIN'], refersTo: 'User', description: "Whose it is: the viewer's unless given." }),
  }),
});

const UpdateTaskInput = builder.inputType('UpdateTaskInput', {
  description: 'A field left out stays as it is; null clears one that can be empty.',
  fields: (t) => ({
    title: t.string(),
    description: t.string(),
    status: t.field({ type: TaskStatus }),
    dueAt: t.field({ type: 'DateTime' }),
    blockedBy: t.id({ refersTo: 'Task', description: 'The task that has to be done first.' }),
    ownerId: t.id({ auth: ['ADMIN'], refersTo: 'User', description: 'Gives it away.' }),
  }),
});

builder.mutationField('createTask', (t) =>
  t.field({
    type: Task,
    auth: ['AUTHENTICATED'],
    extensions: { sample: CREATE_TASK },
    args: { input: t.arg({ type: CreateTaskInput, required: true }) },
    resolve: (_root, { input }, context) => createTask(context.db, viewerOf(context), input, context.now()),
  }),
);

/** What changing a task takes, and what whoever may not is told: the same as for a task that there is not. */
const ofTask = { auth: ['OWNER', 'ADMIN'], deny: 'NOT_FOUND' } as const;

builder.mutationField('updateTask', (t) =>
  t.field({
    type: Task,
    ...ofTask,
    description: "NOT_FOUND for an id that does not exist and, alike, for a task that is not the viewer's.",
    args: {
      id: t.arg.id({ required: true, refersTo: 'Task' }),
      input: t.arg({ type: UpdateTaskInput, required: true }),
    },
    resolve: (_root, { id, input }, context, info) =>
      updateTask(context.db, reach('Task', context, info), id, input, context.now()),
  }),
);

builder.mutationField('deleteTask', (t) =>
  t.id({
    ...ofTask,
    description: 'The deleted id. NOT_FOUND as in updateTask.',
    args: { id: t.arg.id({ required: true, refersTo: 'Task' }) },
    resolve: (_root, { id }, context, info) => deleteTask(context.db, reach('Task', context, info), id),
  }),
);

const TaskChangeKind = builder.enumType('TaskChangeKind', { values: CHANGE_KINDS });

const TaskChange = builder.objectRef<Change>('TaskChange').implement({
  auth: ['OWNER', 'ADMIN'],
  owner: 'ownerId',
  fields: (t) => ({
    kind: t.expose('kind', { type: TaskChangeKind }),
    taskId: t.exposeID('id'),
    task: t.field({
      type: Task,
      nullable: true,
      description: 'As it is when the change is sent; null when it was deleted.',
      resolve: ({ kind, id }, _args, context, info) =>
        kind === 'DELETED' ? null : findTask(context.db, reach('Task', context, info), id, asked('Task', info).columns),
    }),
  }),
});

// In the first domain that has a subscription: a root type without a field would be no valid schema.
builder.subscriptionType();

builder.subscriptionField('taskChanged', (t) =>
  t.field({
    type: TaskChange,
    auth: ['AUTHENTICATED'],
    description: "Changes to the viewer's own tasks. The stream ends when the session or the access token does.",
    extensions: { sample: LIVE_CHANGES },
    subscribe: (_root, _args, { changes, identity }) => changes.of('Task', identity),
    resolve: (change) => change,
  }),
);
