import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { kill } from 'node:process';
import { text } from 'node:stream/consumers';
import { jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { SECRET, SIGNUP } from '../kit/app.ts';
import { dataDirectory, emptyDirectory } from '../kit/directory.ts';
import { databaseOnServer, serverUrl } from '../kit/postgres.ts';
import { startProcess } from '../kit/process.ts';
import { latchkey, listening, type Server, serve } from '../kit/server-process.ts';

const input = { email: 'ann@example.com', password: 'correct horse battery staple' };
const RENAME = 'mutation { updateMe(input: { name: "Ann" }) { id } }';
const isRunning = (pid: number) => {
  try {
    return kill(pid, 0);
  } catch {
    return false;
  }
};

// A busy machine collects garbage late, and only Linux tells what a process holds.
const isMeasured = Boolean(process.env['CI']) && existsSync('/proc/self/status');
if (!isMeasured) console.warn('SKIPPED: the memory of a server, which is measured with CI=true and on Linux only.');

/** Resident, in MB. */
function memoryOf(pid: number | undefined) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1000;
}

/** `pid` is the server's. */
async function npmStart() {
  const dataDir = emptyDirectory();
  const env = { ...process.env, NODE_ENV: '', PORT: '0', DATA_DIR: dataDir };
  const npm = await listening(startProcess('npm', ['start'], { env, leads: true }));
  const said = await text(connect(join(dataDir, 'lock')));
  return { npm, dataDir, pid: Number(/^process (\d+)/.exec(said)?.[1]) };
}

describe('npm start', () => {
  test('builds, creates the database, prints where GraphiQL is, and hands a signal on to the server', async () => {
    const { npm, dataDir, pid } = await npmStart();
    expect((await fetch(`${npm.url}/ready`)).status).toBe(200);
    expect(pid).not.toBe(npm.child.pid);
    await npm.stop();
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  }, 60_000);

  test.skipIf(!isMeasured)(
    'takes less than 220 MB, the first time and the second',
    async () => {
      const { npm, pid } = await npmStart();
      expect(memoryOf(pid)).toBeLessThan(220);
      await npm.stop();
      const server = await serve({ DATA_DIR: dataDirectory() });
      await server.ask('{ __typename }');
      expect(memoryOf(server.child.pid)).toBeLessThan(220);
      await server.stop();
    },
    60_000,
  );
});

describe('a server', () => {
  const dataDir = dataDirectory();
  const env = { DATA_DIR: dataDir, REFRESH_GRACE: '0s' };
  let server: Server;
  let accessToken: string;
  const asAnn = (query: string) => server.ask(query, {}, { authorization: `Bearer ${accessToken}` });

  test('reads its environment from a file too, and what it was started with wins', async () => {
    writeFileSync(join(dataDir, '.env'), 'ACCESS_TOKEN_TTL=77s\nREFRESH_GRACE=nonsense\n');
    const { code, output } = await latchkey([], { DATA_DIR: dataDir }).ended;
    expect([code, output]).toEqual([1, expect.stringContaining('REFRESH_GRACE: must be a duration')]);

    server = await serve(env);
    const { refreshToken, expiresIn, ...tokens } = (await server.ask(SIGNUP, { input })).data.signup;
    accessToken = tokens.accessToken;
    expect(expiresIn).toBe(77);
    const refresh = 'mutation ($token: String!) { refresh(input: { refreshToken: $token }) { accessToken } }';
    ({ accessToken } = (await server.ask(refresh, { token: refreshToken })).data.refresh);
    expect((await asAnn(RENAME)).errors).toBeUndefined();
  }, 60_000);

  test('keeps a second one off its directory, and tells it who holds it', async () => {
    const { code, output } = await latchkey([], env).ended;
    expect(code).toBe(1);
    expect(output).toContain(`in use by process ${server.child.pid} `);
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  }, 60_000);

  test('keeps a second one off its port, which says so and gives its directory back', async () => {
    const other = dataDirectory();
    const { code, output } = await latchkey([], { DATA_DIR: other, PORT: new URL(server.url).port }).ended;
    expect([code, output.includes('EADDRINUSE'), existsSync(join(other, 'lock'))]).toEqual([1, true, false]);
  }, 60_000);

  test('has after kill -9 and a new start what was answered, and signs nobody out', async () => {
    await server.stop('SIGKILL');
    server = await serve(env);
    expect((await asAnn('{ me { name } }')).data).toEqual({ me: { name: 'Ann' } });
  }, 60_000);

  test(
    'told by SIGTERM to stop, lets the request under way finish, however often it is told',
    () => stopsWell(server, dataDir, 'SIGTERM'),
    60_000,
  );
});

test('a server takes its secret from the environment, and stops as well by SIGINT', async () => {
  const dataDir = dataDirectory();
  const server = await serve({ DATA_DIR: dataDir, JWT_SECRET: SECRET });
  const answer = await stopsWell(server, dataDir, 'SIGINT');
  const [, accessToken = ''] = /"accessToken":"([^"]+)"/.exec(answer) ?? [];
  await jwtVerify(accessToken, new TextEncoder().encode(SECRET), { typ: 'at+jwt' });
}, 60_000);

/** Signals a server twice while a request is half sent, which then is answered. */
async function stopsWell(server: Server, dataDir: string, signal: NodeJS.Signals): Promise<string> {
  const body = JSON.stringify({ query: SIGNUP, variables: { input: { ...input, email: 'late@example.com' } } });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  let answer = '';
  const closed = new Promise((resolve) => socket.on('data', (text) => (answer += text)).on('close', resolve));
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  socket.write(body.slice(0, 10));
  await fetch(`${server.url}/health`); // by now the first half has been read
  server.child.kill(signal);
  await server.says(/stopping/);
  server.child.kill(signal);
  socket.write(body.slice(10));
  const { code } = await server.ended;
  await closed;
  expect(code).toBe(0);
  expect(answer).toContain('"accessToken"');
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  return answer;
}

test('a signal that comes before the server is ready ends it cleanly', async () => {
  const dataDir = dataDirectory();
  const server = latchkey([], { DATA_DIR: dataDir });
  while (!existsSync(join(dataDir, 'lock'))) await new Promise((resolve) => setImmediate(resolve));
  const { code } = await server.stop();
  expect([code, existsSync(join(dataDir, 'lock'))]).toEqual([0, false]);
}, 60_000);

describe('the environment', () => {
  test('that cannot be used stops the start with every complaint and no value', async () => {
    const env = { NODE_ENV: 'production', JWT_SECRET: 'hunter2', PORT: 'hunter2', TRUST_PROXY: 'hunter2' };
    const { code, output } = await latchkey([], env).ended;
    expect(code).toBe(1);
    for (const name of ['JWT_SECRET', 'PORT', 'TRUST_PROXY']) expect(output).toContain(`  ${name}: `);
    expect(output).not.toContain('hunter2');
  });

  if (!serverUrl)
    console.warn('SKIPPED: a start on a PostgreSQL server, for neither TEST_SERVER nor TEST_DATABASE_URL names one.');
  test.skipIf(!serverUrl)(
    'may name a PostgreSQL server, which npm run admin works on while the server runs',
    async () => {
      const database = await databaseOnServer();
      const env = { DATABASE_URL: database.url, DATA_DIR: dataDirectory() };
      const server = await serve(env);
      await server.ask(SIGNUP, { input });
      expect(await latchkey(['admin', 'grant', input.email, '--yes'], env).ended).toMatchObject({ code: 0 });
      expect((await database.db.user.findUnique({ where: { email: input.email } }))?.role).toBe('ADMIN');
      await server.stop();
    },
    60_000,
  );
});
