import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { clearForOthers, sessionLink } from '../client/apollo.ts';
import type { Session } from '../client/session.ts';

export function createClient(session: Session): ApolloClient {
  const tasks = relayStylePagination(['filter', 'orderBy']);
  const typePolicies = { Query: { fields: { tasks } }, User: { fields: { tasks } } };
  const client = new ApolloClient({ cache: new InMemoryCache({ typePolicies }), link: sessionLink(session) });
  clearForOthers(session, client);
  return client;
}

/** A list that is up to date at every moment, whoever changes it. */
export function watchTasks(client: ApolloClient, page: TaskPage): () => void {
  const list = client.watchQuery<TaskList>({ query: TASKS }).subscribe(({ data, dataState }) => {
    if (dataState === 'complete') page.show(data.tasks.edges.map(({ node }) => node.title));
  });
  const changes = client.subscribe<TaskChange>({ query: CHANGES }).subscribe(({ data }) => {
    if (!data) return;
    page.changed(data.taskChanged.task?.title ?? null);
    // What is new or gone: a task that is in the cache changes there, and so on the page, by itself.
    if (data.taskChanged.kind !== 'UPDATED') void client.refetchQueries({ include: [TASKS] });
  });
  return () => {
    list.unsubscribe();
    changes.unsubscribe();
  };
}

const TASKS = gql`query Tasks { tasks(first: 100) { edges { cursor node { id title } } pageInfo { hasNextPage endCursor } } }`;
const CHANGES = gql`subscription Changes { taskChanged { kind taskId task { id title } } }`;

interface TaskPage {
  show(titles: string[]): void;
  changed(title: string | null): void;
}
type TaskList = { tasks: { edges: { cursor: string; node: { id: string; title: string } }[] } };
type TaskChange = { taskChanged: { kind: string; taskId: string; task: { id: string; title: string } | null } };
