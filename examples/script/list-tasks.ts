import { createSession } from '../client/session.ts';

const { LATCHKEY_URL = 'http://localhost:4000/graphql', LATCHKEY_EMAIL = '', LATCHKEY_PASSWORD = '' } = process.env;

const TASKS = `query ($after: String) {
  tasks(first: 100, after: $after) { nodes { status title } pageInfo { hasNextPage endCursor } }
}`;

const session = createSession({ url: LATCHKEY_URL, delivery: 'BODY' });
await session.signIn({ email: LATCHKEY_EMAIL, password: LATCHKEY_PASSWORD });
try {
  for await (const { status, title } of allTasks()) console.log(`${status.padEnd(11)} ${title}`);
} finally {
  await session.signOut();
}

/** Page by page; before each the token is renewed if it has to be. */
async function* allTasks(): AsyncGenerator<Task> {
  for (let after: string | null = null; ; ) {
    const page: TaskPage = await pageOfTasks(after);
    yield* page.nodes;
    if (!page.pageInfo.hasNextPage) return;
    after = page.pageInfo.endCursor;
  }
}

async function pageOfTasks(after: string | null): Promise<TaskPage> {
  const response = await session.fetch(session.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: TASKS, variables: { after } }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data.tasks;
}

type Task = { status: string; title: string };
type TaskPage = { nodes: Task[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
