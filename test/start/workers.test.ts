import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOGIN, PASSWORD, SECRET, SIGNUP } from '../kit/app.ts';
import { built } from '../kit/built.ts';
import { emptyDirectory } from '../kit/directory.ts';
import { databaseOnServer, type ServerDatabase, serverUrl } from '../kit/postgres.ts';
import { type Run, startProcess } from '../kit/process.ts';
import { LOGOUT } from '../kit/requests.ts';
import { latchkey } from '../kit/server-process.ts';
import { SOON } from '../kit/soon.ts';

if (!serverUrl) console.warn('SKIPPED: WORKERS=2: set TEST_DATABASE_URL or TEST_SERVER to a PostgreSQL server.');

const input = { email: 'ann@example.com', password: PASSWORD };
const ME = '{ me { email } }';
const PROXIED = { 'content-type': 'application/json', 'x-forwarded-proto': 'https' };

describe.skipIf(!serverUrl)('two workers', () => {
  let database: ServerDatabase;
  let server: Run;
  let workers: Worker[];
  let one: Connection;
  let other: Connection;
  // In production, where the log says which process wrote a line.
  const start = (env: Record<string, string> = {}) =>
    latchkey([], {
      NODE_ENV: 'production',
      TRUST_PROXY: '1',
      JWT_SECRET: SECRET,
      DATABASE_URL: database.url,
      WORKERS: '2',
      ...env,
    });

  beforeAll(async () => {
    database = await databaseOnServer();
    server = start();
    workers = [await readyWorker(server), await readyWorker(server)];
    [one, other] = [openConnection(workers[0]?.url), openConnection(workers[0]?.url)];
  }, 60_000);

  afterAll(() => {
    one.agent.destroy();
    other.agent.destroy();
  });

  test('share a port, and a database that was migrated once', async () => {
    expect(workers[0]?.url).toBe(workers[1]?.url);
    const applied = await database.db.$queryRaw<{ name: string }[]>`SELECT migration_name name FROM _prisma_migrations`;
    expect(new Set(applied.map(({ name }) => name)).size).toBe(applied.length);
  });

  test('both serve, and a logout at one is felt at the other within a second', async () => {
    const { refreshToken, accessToken } = (await one.ask(SIGNUP, { input })).data.signup;
    const there = (await other.ask(LOGIN, { input })).data.login;
    expect((await other.ask(ME, {}, accessToken)).data.me.email).toBe(input.email);
    expect((await one.ask(ME, {}, there.accessToken)).data.me.email).toBe(input.email);

    const loggedOut = performance.now();
    expect((await one.ask(LOGOUT, { token: refreshToken })).data.logout).toBe(true);
    let code: string | undefined;
    while (!code) code = (await other.ask(ME, {}, accessToken)).errors?.[0].extensions.code;
    expect(code).toBe('SESSION_ENDED');
    expect(performance.now() - loggedOut).toBeLessThan(SOON);
    expect((await one.ask(ME, {}, there.accessToken)).data.me.email).toBe(input.email);
  }, 60_000);

  test('do not go down with each other: the one that is killed is replaced', async () => {
    await Promise.all([one.ask(ME), other.ask(ME)]);
    const closed = Promise.race([once(one.socket(), 'close'), once(other.socket(), 'close')]);
    kill(workers[0]?.pid ?? 0, 'SIGKILL');
    await closed;
    const alive = [one, other].filter((connection) => !connection.socket().destroyed);
    expect(alive).toHaveLength(1);
    expect((await alive[0]?.ask('{ __typename }'))?.data).toEqual({ __typename: 'Query' });
    await server.says(/a worker died, and is replaced/);
    const next = await readyWorker(server);
    expect(next).toEqual({ pid: expect.any(Number), url: workers[0]?.url });
    expect(workers.map(({ pid }) => pid)).not.toContain(next.pid);
  }, 60_000);

  test('keep a second server off their port, which says so and ends', async () => {
    const { code, output } = await start({ PORT: new URL(workers[0]?.url ?? '').port }).ended;
    expect([code, output]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
    expect(output).toContain('A worker ended before it listened.');
  }, 60_000);

  test('let what is under way finish when the server is told by SIGTERM to stop, and reset no connection', async () => {
    const requests = [1, 2, 3, 4].map(() => halfSent(workers[0]?.url ?? ''));
    await Promise.all(requests.map(({ begun }) => begun));
    server.child.kill('SIGTERM');
    for (const _worker of workers) await server.says(/stopping/);
    const answers = await Promise.all(requests.map(({ finish }) => finish()));
    expect(answers).toEqual(Array(4).fill({ data: { __typename: 'Query' } }));
    expect((await server.ended).code).toBe(0);
  }, 60_000);
});

test('a server whose workers die as soon as they listen ends, and says so', async () => {
  const directory = emptyDirectory();
  const [primary, worker] = [join(directory, 'primary.mjs'), join(directory, 'worker.mjs')];
  writeFileSync(
    worker,
    `import { createServer } from 'node:net';
    createServer().listen(0, () => process.send('the primary has heard', () => process.exit(3)));`,
  );
  writeFileSync(
    primary,
    `import { runWorkers } from '${built('serving/workers.js')}';
    const log = { error: ({ code }, text) => console.log(code, text) };
    await runWorkers(4, { main: '${worker}', log, toldToStop: new Promise(() => {}), ready() {} });`,
  );
  const { code, output } = await startProcess(process.execPath, [primary]).ended;
  expect(code).toBe(1);
  expect(output).toContain('3 a worker died, and is replaced');
  expect(output).toContain('10 workers died within a minute');
}, 60_000);

async function readyWorker(server: Run): Promise<Worker> {
  const { pid, msg } = JSON.parse(await server.says(/^.*Latchkey is ready.*$/));
  return { pid, url: /http\S+/.exec(msg)?.[0] ?? '' };
}

/** One that stays open, so that all that it asks is answered by the same worker; the next one that is opened is another's. */
function openConnection(url = ''): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let sent: ClientRequest;
  return {
    agent,
    socket: () => sent.socket as NonNullable<ClientRequest['socket']>,
    async ask(query, variables = {}, accessToken = '') {
      const headers = { ...PROXIED, ...(accessToken && { authorization: `Bearer ${accessToken}` }) };
      sent = request(url, { method: 'POST', agent, headers });
      sent.end(JSON.stringify({ query, variables }));
      const [response] = await once(sent, 'response');
      return JSON.parse((await response.setEncoding('utf8').toArray()).join(''));
    },
  };
}

/** A request whose second half is sent by `finish`, once the server has read the first. */
function halfSent(url: string) {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ query: '{ __typename }' });
  const socket = connect(Number(port), hostname);
  const head = { ...PROXIED, host: 'localhost', expect: '100-continue', 'content-length': body.length };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  socket.write(`POST /graphql HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body.slice(0, 5)}`);
  return {
    begun: once(socket, 'data'),
    async finish() {
      socket.write(body.slice(5));
      const answer = (await socket.setEncoding('utf8').toArray()).join('');
      return JSON.parse(answer.split('\r\n\r\n')[1] ?? '');
    },
  };
}

interface Worker {
  pid: number;
  url: string;
}

interface Connection {
  agent: Agent;
  socket(): NonNullable<ClientRequest['socket']>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the query asked for
  ask(query: string, variables?: object, accessToken?: string): Promise<any>;
}
