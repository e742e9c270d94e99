import { builder } from '../graphql/builder.ts';
import { viewerOf } from '../graphql/context.ts';
import { findTask } from '../tasks/tasks.ts';
import type { TaskChange } from './task-changes.ts';

const TaskChangeKind = builder.enumType('TaskChangeKind', { values: ['CREATED', 'UPDATED', 'DELETED'] as const });

const Change = builder.objectRef<TaskChange>('TaskChange').implement({
  auth: ['OWNER', 'ADMIN'],
  owner: (change) => change.ownerId,
  fields: (t) => ({
    kind: t.expose('kind', { type: TaskChangeKind }),
    taskId: t.exposeID('taskId'),
    task: t.prismaField({
      type: 'Task',
      nullable: true,
      description: 'As it is when the change is sent; null when it was deleted.',
      resolve: (_query, { kind, taskId }, _args, context) =>
        kind === 'DELETED' ? null : findTask(context.db, viewerOf(context), taskId),
    }),
  }),
});

builder.subscriptionField('taskChanged', (t) =>
  t.field({
    type: Change,
    auth: ['AUTHENTICATED'],
    description:
      "Changes to the signed-in user's own tasks. The stream ends when the session or the access token does.",
    subscribe: (_root, _args, { taskChanges, identity }) => taskChanges.of(identity.current),
    resolve: (change) => change,
  }),
);
