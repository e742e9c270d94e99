import type { ResultOf, TypedDocumentNode, VariablesOf } from '@graphql-typed-document-node/core';
import { CreateTask, type TaskChanged, Tasks, UpdateTask } from './operations.ts';

// Nothing here runs: it compiles if, and only if, the types that are generated from schema.graphql are what a client needs.

declare function ask<Result, Variables>(
  operation: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result>;

export async function titles(): Promise<string[]> {
  const { tasks } = await ask(Tasks, { first: 5, filter: { status: ['TODO'] }, orderBy: { field: 'DUE_AT' } });
  return tasks.nodes.map(({ title, owner }) => `${title} (${owner.email})`);
}

export async function change(id: string): Promise<void> {
  await ask(CreateTask, { input: { title: 'Buy milk', dueAt: new Date() } });
  await ask(UpdateTask, { id, input: { dueAt: null } });
  // @ts-expect-error A task has a title.
  await ask(CreateTask, { input: {} });
  // @ts-expect-error There is no such status.
  await ask(UpdateTask, { id, input: { status: 'LATER' } });
  await ask(UpdateTask, { id, input: { ownerId: id, blockedBy: null } });
}

export function describe({ taskChanged }: ResultOf<typeof TaskChanged>): string {
  return `${taskChanged.kind} ${taskChanged.taskId}: ${taskChanged.task?.title ?? 'gone'}`;
}

export type TasksVariables = VariablesOf<typeof Tasks>;
