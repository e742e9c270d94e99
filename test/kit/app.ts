import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import { createApp } from '../../src/app.ts';
import type { Hashing } from '../../src/auth/hashing.ts';
import { parseConfig } from '../../src/config/config.ts';
import type { Database } from '../../src/db/database.ts';
import { createLog } from '../../src/log.ts';
import { expectDiscretion } from './canary.ts';
import { afterFile } from './cleanup.ts';
import { type Answer, type Client, createClient } from './client.ts';
import { emptyDatabase } from './database.ts';
import { cheapHashing } from './hashing.ts';

/**
 * A server on a real port over a database of its own, for one test file: it stops when the file is done. Time stands still
 * until `advance`.
 */
export async function startApp(options: Options = {}): Promise<TestApp> {
  const { close, ...database } = options.besides
    ? { ...options.besides.database, isShared: true, close: async () => {} }
    : await emptyDatabase(options.preferServer);
  const { db } = database;
  const logged: string[] = [];
  let time = Date.now();
  const now = options.besides?.now ?? (() => new Date(time));

  const config = parseConfig({
    NODE_ENV: 'test',
    REQUESTS_AT_ONCE: '1000000',
    SIGNUP_LIMIT: '1000000',
    SIGNUP_LIMIT_TOTAL: '1000000',
    ...options.env,
  });
  const { schema } = options;
  const app = await createApp({
    config,
    database,
    log: createLog('trace', { write: (line) => void logged.push(line) }),
    now,
    secrets: config.jwtSecrets.length > 0 ? config.jwtSecrets : [SECRET],
    hashing: options.hashing ?? cheapHashing,
    ...(schema && { schema: typeof schema === 'function' ? schema : () => schema }),
  });
  const server = createServer(app.listener);
  // A connection that has been idle while the machine was busy would be closed just as the next request is sent on it.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await app.close();
      await close();
      expectDiscretion(logged, [PASSWORD, SECRET]);
    })();
    return stopped;
  };
  afterFile(stop);

  const anonymous = createClient(url, {});
  const people = new Map<string, Promise<Person>>();
  const as = (name: string, role: 'USER' | 'ADMIN' = 'USER') => {
    const known = people.get(name) ?? signUp(name, role);
    people.set(name, known);
    return known;
  };

  async function signUp(name: string, role: 'USER' | 'ADMIN'): Promise<Person> {
    const email = `${name}@example.com`;
    const input = { email, password: PASSWORD, name };
    let { data } = await anonymous.ask(SIGNUP, { input });
    if (role === 'ADMIN') {
      await db.user.update({ where: { email }, data: { role } });
      ({ data } = await anonymous.ask(LOGIN, { input: { email, password: PASSWORD } }));
    }
    const { user, accessToken, refreshToken } = data.signup ?? data.login;
    const client = createClient(url, { authorization: `Bearer ${accessToken}` });
    return { ...client, id: user.id, email, accessToken, refreshToken };
  }

  return {
    ...anonymous,
    url,
    db,
    database,
    as,
    logged,
    now,
    endStreams: app.endStreams,
    sendMails: app.sendMails,
    stop,
    advance: async (milliseconds) => {
      time += milliseconds;
      await options.besides?.advance(milliseconds);
      await app.readRevocations();
      await app.sendMails();
    },
  };
}

export const SECRET = 'kQ2vN8xR4tY7uB1mZ5cL9wE3aS6dF0gH';
export const PASSWORD = 'correct horse battery staple';

export const SIGNUP = `mutation ($input: SignupInput!) {
  signup(input: $input) { accessToken refreshToken tokenType expiresIn user { id email name role } }
}`;
export const LOGIN = `mutation ($input: LoginInput!) {
  login(input: $input) { accessToken refreshToken tokenType expiresIn user { id email name role } }
}`;

interface Options {
  env?: Record<string, string>;
  /** In place of the real one; a function is asked with each request. */
  schema?: GraphQLSchema | (() => GraphQLSchema);
  /** Where it is the hashes that are tested. */
  hashing?: Hashing;
  /** For what one connection cannot show: on the server that TEST_SERVER lends, if there is one. */
  preferServer?: boolean;
  /** A replica of this app, with its database and its clock. */
  besides?: TestApp;
}

export interface Person extends Client {
  id: string;
  email: string;
  accessToken: string;
  refreshToken: string;
}

export interface TestApp extends Client {
  url: string;
  db: Database['db'];
  database: Pick<Database, 'db' | 'listen' | 'isShared' | 'connections'>;
  /** Somebody signed up under this name, the first time that it is used. */
  as(name: string, role?: 'USER' | 'ADMIN'): Promise<Person>;
  /** Every line of the log so far. */
  logged: string[];
  now(): Date;
  /** Sends the mails that are due; also done by `advance`, and by itself soon after one is put. */
  sendMails(): Promise<void>;
  /** What a server does that is told to stop. */
  endStreams(): void;
  /** Ends it before the test file is done. */
  stop(): Promise<void>;
  advance(milliseconds: number): Promise<void>;
}

export type { Answer };
