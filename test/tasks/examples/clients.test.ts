import { parse } from 'graphql';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSession, type Session } from '../../../examples/client/session.ts';
import { watchFetch } from '../../examples/fetched.ts';
import { areInstalled } from '../../examples/installed.ts';
import { queue } from '../../examples/scripted.ts';
import { PASSWORD, startApp } from '../../kit/app.ts';
import { seedTasks } from '../kit.ts';

const isRun = areInstalled('Apollo and urql, on the session');
const app = await startApp();
const root = await app.as('root', 'ADMIN');
const ann = await app.as('ann');
const url = `${app.url}/graphql`;
const fetched = watchFetch();
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.useRealTimers();
});

/** What both clients are asked for. */
interface Client {
  ask(query: string, headers?: Record<string, string>): Promise<{ data?: unknown; code?: unknown }>;
  watch(page: { show(titles: string[]): void; changed(title: string | null): void }): () => void;
}

type Kind = () => Promise<(session: Session) => Client>;

const KINDS: Record<string, Kind> = {
  async Apollo() {
    const { createClient } = await import('../../../examples/apollo/client.ts');
    return (session) => {
      const client = createClient(session);
      return {
        async ask(query, headers = {}) {
          const { data, error } = await client.query({ query: parse(query), context: { headers }, errorPolicy: 'all' });
          return { data, ...(error && 'errors' in error && { code: codeOf(error.errors as Errors) }) };
        },
        watch({ show, changed }) {
          const list = client.watchQuery<List>({ query: LIST }).subscribe(({ data, dataState }) => {
            if (dataState === 'complete') show(titlesOf(data));
          });
          const changes = client.subscribe<Change>({ query: CHANGES }).subscribe(({ data }) => {
            if (data) changed(titleOf(data));
          });
          return () => [list, changes].forEach((one) => void one.unsubscribe());
        },
      };
    };
  },
  async urql() {
    const { createClients } = await import('../../../examples/urql/client.ts');
    return (session) => {
      const client = createClients(session);
      return {
        async ask(query, headers = {}) {
          const { data, error } = await client().query(query, {}, { fetchOptions: { headers } });
          return { data, ...(error && { code: codeOf(error.graphQLErrors) }) };
        },
        watch({ show, changed }) {
          const list = client()
            .query<List>(LIST, {})
            .subscribe(({ data }) => data && show(titlesOf(data)));
          const changes = client()
            .subscription<Change>(CHANGES, {})
            .subscribe(({ data }) => {
              if (data) changed(titleOf(data));
            });
          return () => [list, changes].forEach((one) => void one.unsubscribe());
        },
      };
    };
  },
};

describe.runIf(isRun).each(Object.keys(KINDS))('%s', (kind) => {
  let on: (session: Session) => Client;
  let session: Session;
  let client: Client;
  beforeEach(async () => {
    on ??= await (KINDS[kind] as Kind)();
    session = createSession({ url, delivery: 'BODY' });
    client = on(session);
    await session.signUp({ email: `${crypto.randomUUID()}@example.com`, password: PASSWORD });
    fetched.forget();
  });

  test('asks with the token, and keeps the headers that it is given', async () => {
    expect(await client.ask(me(1), { 'x-tab': '1' })).toMatchObject({ data: { me: { id: session.user?.id } } });
    const [sent] = fetched.of('me');
    expect(sent?.headers.get('authorization')).toBe(`Bearer ${await session.accessToken()}`);
    expect(sent?.headers.get('x-tab')).toBe('1');
  });

  test('five queries at once past the end of a token cost one refresh', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await session.signIn({ email: session.user?.email ?? '', password: PASSWORD });
    vi.advanceTimersByTime(3_600_000);
    fetched.forget();
    const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => client.ask(me(n))));
    for (const { data } of answers) expect(data).toMatchObject({ me: { id: session.user?.id } });
    expect(fetched.fields().sort()).toEqual(['me', 'me', 'me', 'me', 'me', 'refresh']);
  });

  test('another role costs one refresh, and nobody sees TOKEN_EXPIRED', async () => {
    await root.ask(SET_ROLE, { id: session.user?.id });
    fetched.forget();
    expect(await client.ask(me(1))).toMatchObject({ data: { me: { id: session.user?.id } } });
    expect(fetched.fields()).toEqual(['me', 'refresh', 'me']);
    expect(session.user?.role).toBe('ADMIN');
  });

  test('what the server refuses has its code, whatever the status is', async () => {
    expect(await client.ask('query { users { totalCount } }')).toMatchObject({ code: 'FORBIDDEN' });
    await session.signOut();
    expect(await client.ask(me(1))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('what one user has fetched is kept for them, and for nobody else', async () => {
    const { id, email = '' } = session.user ?? {};
    await client.ask(me(1));
    expect(await client.ask(me(1))).toMatchObject({ data: { me: { id } } });
    expect(fetched.of('me')).toHaveLength(1);
    await session.signOut();
    await session.signIn({ email: root.email, password: PASSWORD });
    expect(await client.ask(me(1))).toMatchObject({ data: { me: { id: root.id } } });
    await session.signIn({ email, password: PASSWORD });
    expect(await client.ask(me(1))).toMatchObject({ data: { me: { id } } });
  });

  test('a list is up to date, whoever changes it, and asks no more when it is closed', async () => {
    const [shown, changed] = [queue<string[]>(), queue<string | null>()];
    const close = client.watch({ show: shown.push, changed: changed.push });
    closing.push(close);
    while ((await shown.next()).length > 0);
    await connected();
    const [task] = await seedTasks(app.db, session.user?.id ?? '', [{ title: 'Milk' }]);
    expect(await changed.next()).toBe('Milk');
    while ((await shown.next())[0] !== 'Milk');
    await app.db.task.update({ where: { id: task?.id }, data: { title: 'Bread' } });
    expect(await changed.next()).toBe('Bread');
    while ((await shown.next())[0] !== 'Bread');
    await app.db.task.delete({ where: { id: task?.id } });
    expect(await changed.next()).toBe(null);
    while ((await shown.next()).length > 0);
  });

  test('what is shown is fetched again once the stream is connected, also while it is being fetched', async () => {
    const shown = queue<string[]>();
    const release = holdList();
    closing.push(client.watch({ show: shown.push, changed: () => {} }));
    await connected();
    release();
    await shown.next();
    while (fetched.of('tasks').length < 2) await new Promise(setImmediate);
  });

  test('a change that is heard while the list is being fetched is not lost', async () => {
    const [shown, changed] = [queue<string[]>(), queue<string | null>()];
    closing.push(client.watch({ show: shown.push, changed: changed.push }));
    await connected();
    const before = fetched.of('tasks').length;
    const release = holdList();
    await seedTasks(app.db, session.user?.id ?? '', [{ title: 'Milk' }]);
    expect(await changed.next()).toBe('Milk');
    while (fetched.of('tasks').length === before) await new Promise(setImmediate);
    await seedTasks(app.db, session.user?.id ?? '', [{ title: 'Bread' }]);
    expect(await changed.next()).toBe('Bread');
    release();
    while ((await shown.next()).length < 2);
  });

  /** Keeps back the next answer to the query of the list, which is of before what then happens. */
  function holdList(): () => void {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    fetched.answer('tasks', async (forward) => {
      const response = await forward();
      await held;
      return response;
    });
    return release;
  }

  /** Once the server has the stream of this test. */
  async function connected() {
    while (fetched.of('taskChanged').length === 0) await new Promise(setImmediate);
    await fetched.of('taskChanged')[0]?.answered;
  }
});

test.runIf(isRun)('what Apollo shows when another user signs in is theirs', async () => {
  const { createClient } = await import('../../../examples/apollo/client.ts');
  const session = createSession({ url, delivery: 'BODY' });
  const client = createClient(session);
  await session.signIn({ email: ann.email, password: PASSWORD });
  const shown = queue<unknown>();
  const watching = client.watchQuery({ query: parse(me(1)) }).subscribe(({ data }) => shown.push(data));
  closing.push(() => watching.unsubscribe());
  const shows = async (id: string) => {
    for (;;) {
      const data = await shown.next();
      if (data && (data as { me: { id: string } }).me.id === id) return;
    }
  };
  await shows(ann.id);
  await session.signIn({ email: root.email, password: PASSWORD });
  await shows(root.id);
});

const LIST = parse('query Tasks { tasks(first: 100) { nodes { id title } } }');
const CHANGES = parse('subscription Changes { taskChanged { kind taskId task { id title } } }');
type List = { tasks: { nodes: { title: string }[] } };
type Change = { taskChanged: { task: { title: string } | null } };
const titlesOf = ({ tasks }: List) => tasks.nodes.map(({ title }) => title);
const titleOf = ({ taskChanged }: Change) => taskChanged.task?.title ?? null;

/** Differs, so that nobody takes it for the same query. */
const me = (n: number) => `query Me${n} { me { id email } }`;
const SET_ROLE = 'mutation ($id: ID!) { setUserRole(userId: $id, role: ADMIN) { id } }';

type Errors = readonly { extensions?: Record<string, unknown> }[];
const codeOf = ([error]: Errors) => error?.extensions?.['code'];
