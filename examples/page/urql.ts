import { Client, cacheExchange, fetchExchange, gql } from '@urql/core';
import type { Session } from '../client/session.ts';
import { clientPerUser, liveExchange, sessionOptions } from '../client/urql.ts';

export const createClients = (session: Session): (() => Client) =>
  clientPerUser(
    session,
    () => new Client({ ...sessionOptions(session), exchanges: [cacheExchange, liveExchange(session), fetchExchange] }),
  );

/** A list that is up to date at every moment, whoever changes it. */
export function watchTasks(client: Client, page: TaskPage): () => void {
  const list = client.query(TASKS, {}).subscribe(({ data }) => {
    if (data) page.show(data.tasks.nodes.map(({ title }) => title));
  });
  // Each change makes what is cached of such a type out of date.
  const context = { additionalTypenames: ['TaskConnection'] };
  const changes = client.subscription(CHANGES, {}, context).subscribe(({ data }) => {
    if (data) page.changed(data.taskChanged.task?.title ?? null);
  });
  return () => {
    list.unsubscribe();
    changes.unsubscribe();
  };
}

const TASKS = gql<TaskList>`query Tasks { tasks(first: 100) { nodes { id title } } }`;
const CHANGES = gql<TaskChange>`subscription Changes { taskChanged { kind taskId task { id title } } }`;

interface TaskPage {
  show(titles: string[]): void;
  changed(title: string | null): void;
}
type TaskList = { tasks: { nodes: { id: string; title: string }[] } };
type TaskChange = { taskChanged: { kind: string; taskId: string; task: { id: string; title: string } | null } };
