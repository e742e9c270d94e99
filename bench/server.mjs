// The real server as a process of its own, over an empty database: on the server that TEST_DATABASE_URL names, or embedded.
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openDatabase } from '../dist/db/database.js';
import { migrate } from '../dist/db/migrations/migrate.js';

/** Starts the server over what `seed(db)` has put in; behind one proxy, so that each request can come from an address of its own. */
export async function startServer(seed) {
  const { storage, env, drop } = await makeStorage(process.env.TEST_DATABASE_URL, seed);
  const server = await spawnServer(LATCHKEY, { ...BEHIND_A_PROXY, JWT_SECRET: newSecret(), ...env });
  return {
    ...server,
    storage: storage.kind === 'server' ? 'PostgreSQL' : 'PGlite',
    stop: async () => {
      await server.stop();
      await drop();
    },
  };
}

export const LATCHKEY = fileURLToPath(new URL('../dist/bundle/server/main.js', import.meta.url));
export const BEHIND_A_PROXY = { TRUST_PROXY: '1' };
export const newSecret = () => randomBytes(48).toString('base64url');

/** A migrated database of its own with what `seed(db)` puts in, on the server that is named, or embedded. */
export async function makeStorage(server, seed) {
  const made = server ? await onServer(server) : embedded();
  await prepare(made.storage, seed).catch(async (error) => {
    await made.drop();
    throw error;
  });
  return made;
}

/** Runs a server as a process in production mode, from when it says where it listens until `stop`. */
export async function spawnServer(file, env) {
  const started = performance.now();
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const exited = new Promise((resolve) => child.on('exit', resolve));
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise((resolve, reject) => {
    lines.on('line', (line) => /http:\S+\/graphql/.test(line) && resolve(/http:\S+\/graphql/.exec(line)[0]));
    child.on('exit', () => reject(new Error(`${file} did not start.`)));
  });
  return {
    url,
    /** That the start took. */
    milliseconds: performance.now() - started,
    /** Of the server's process, in MB. */
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1000,
    /** Milliseconds that its process has used of the processors, in all its threads. */
    processor: () => {
      const [, fields] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ');
      const [user, system] = fields.split(' ').slice(11, 13).map(Number);
      return ((user + system) * 1000) / TICKS;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      process.off('exit', kill);
    },
  };
}

/** In which Linux counts a second of a processor, on every machine. */
const TICKS = 100;

/** Somebody who posts GraphQL over one connection that stays open; `ask` resolves to the answer and the milliseconds it took. */
export function createAsker(url) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (query, variables, headers = {}) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({ query, variables });
      const started = performance.now();
      const sent = request(url, {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-forwarded-proto': 'https',
          ...headers,
        },
      });
      // A connection that the server has just closed for being idle.
      sent.on('error', (error) => (sent.reusedSocket ? resolve(ask(query, variables, headers)) : reject(error)));
      sent.on('response', async (response) => {
        const text = (await response.setEncoding('utf8').toArray()).join('');
        resolve({ milliseconds: performance.now() - started, answer: JSON.parse(text) });
      });
      sent.end(body);
    });
  return ask;
}

export const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';

/** The value below which this share of the values lies. */
export const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1];

async function prepare(storage, seed) {
  const database = await openDatabase(storage);
  try {
    await migrate(database);
    await seed(database.db);
  } finally {
    await database.close();
  }
}

async function onServer(server) {
  const name = `latchkey_bench_${randomUUID().slice(0, 8)}`;
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  await execute(server, `CREATE DATABASE ${name}`);
  const drop = () => execute(server, `DROP DATABASE ${name} WITH (FORCE)`);
  return { storage: { kind: 'server', url }, env: { DATABASE_URL: url }, drop };
}

function embedded() {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const drop = () => rmSync(dataDir, { recursive: true });
  return { storage: { kind: 'embedded', dataDir }, env: { DATA_DIR: dataDir }, drop };
}

async function execute(connectionString, sql) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
