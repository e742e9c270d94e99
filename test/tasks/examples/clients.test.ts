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
    const { createClient, watchTasks } = await import('../../../examples/page/apollo.ts');
    return (session) => {
      const client = createClient(session);
      return {
        async ask(query, headers = {}) {
          const { data, error } = await client.query({ query: parse(query), context: { headers }, errorPolicy: 'all' });
          return { data, ...(error && 'errors' in error && { code: codeOf(error.errors as Errors) }) };
        },
        watch: (page) => watchTasks(client, page),
      };
    };
  },
  async urql() {
    const { createClients, watchTasks } = await import('../../../examples/page/urql.ts');
    return (session) => {
      const client = createClients(session);
      return {
        async ask(query, headers = {}) {
          const { data, error } = await client().query(query, {}, { fetchOptions: { headers } });
          return { data, ...(error && { code: codeOf(error.graphQLErrors) }) };
        },
        watch: (page) => watchTasks(client(), page),
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
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    fetched.answer('tasks', async (forward) => {
      const response = await forward();
      await held;
      return response;
    });
    closing.push(client.watch({ show: shown.push, changed: () => {} }));
    await connected();
    release();
    await shown.next();
    while (fetched.of('tasks').length < 2) await new Promise(setImmediate);
  });

  /** Once the server has the stream of this test. */
  async function connected() {
    while (fetched.of('taskChanged').length === 0) await new Promise(setImmediate);
    await fetched.of('taskChanged')[0]?.answered;
  }
});

test.runIf(isRun)('what Apollo shows when another user signs in is theirs', async () => {
  const { createClient } = await import('../../../examples/page/apollo.ts');
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

/** Differs, so that nobody takes it for the same query. */
const me = (n: number) => `query Me${n} { me { id email } }`;
const SET_ROLE = 'mutation ($id: ID!) { setUserRole(userId: $id, role: ADMIN) { id } }';

type Errors = readonly { extensions?: Record<string, unknown> }[];
const codeOf = ([error]: Errors) => error?.extensions?.['code'];
