import type { RequestListener } from 'node:http';
import { RequestCache } from '@pothos/plugin-scope-auth';
import { NoSchemaIntrospectionCustomRule } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { AuthDeps } from './auth/deps.ts';
import { createGuesses } from './auth/guesses.ts';
import { identify } from './auth/identify.ts';
import { tokenKeys } from './auth/keys.ts';
import { prune } from './auth/prune.ts';
import { createRevocations } from './auth/revocations.ts';
import type { Config } from './config.ts';
import type { Database } from './db/client.ts';
import { useAnswers } from './graphql/answers.ts';
import type { AppPlugin, Context, RequestInfo } from './graphql/context.ts';
import { useVariables } from './graphql/variables.ts';
import { useRefreshCookie } from './http/cookie.ts';
import { corsFor, forwardedSecurely, useHeaders, useHttpsOnly } from './http/headers.ts';
import { NOWHERE, useHealth } from './http/health.ts';
import { listenerFor } from './http/listener.ts';
import { useJwks, useOAuth } from './http/oauth.ts';
import { useJsonPosts } from './http/posts.ts';
import { listenToTasks } from './live/task-changes.ts';
import type { Log } from './log.ts';
import { schema as latchkey } from './schema.ts';

/** The app over an open, migrated database: everything but listening. Time comes from `now`. */
export async function createApp({ config, database, log, now, secrets, schema = latchkey }: AppParts): Promise<App> {
  const { db, listen } = database;
  const revocations = createRevocations(config.lifetimes.accessToken);
  const deps: AuthDeps = {
    db,
    keys: await tokenKeys({
      issuer: config.jwtIssuer,
      audience: config.jwtAudience,
      secrets,
      privateKeys: config.jwtPrivateKeys,
      algorithm: config.jwtAlgorithm,
    }),
    revocations,
    guesses: createGuesses(db),
    lifetimes: config.lifetimes,
    minPasswordLength: config.minPasswordLength,
    now,
  };
  const taskChanges = await listenToTasks(listen, log);
  const readRevocations = () => revocations.read(db, now()).finally(taskChanges.judge);
  const isReady = () =>
    db.$queryRaw`SELECT 1`.then(
      () => true,
      () => false,
    );

  const plugins: AppPlugin[] = [
    useHeaders(),
    useRefreshCookie(now),
    ...(config.tls || config.trustedProxies > 0 ? [useHttpsOnly(config.tls ? () => true : forwardedSecurely)] : []),
    useHealth(isReady),
    useJwks(deps.keys),
    useOAuth(deps, config.oauthPasswordGrant, log),
    useJsonPosts(),
    ...(config.introspection ? [] : [withoutIntrospection]),
    useVariables(),
    forgettingRules,
    useAnswers(log, { explain: !config.production, suggestions: config.introspection }),
  ];
  const yoga = createYoga<RequestInfo, Omit<Context, keyof RequestInfo>>({
    schema,
    plugins,
    context: async ({ authorization }) => ({
      ...deps,
      taskChanges,
      identity: await identify(authorization, deps),
    }),
    cors: corsFor(config.corsOrigins),
    graphiql: config.graphiql && { title: 'Latchkey' },
    // Loaded when somebody asks for the page: it is all of GraphiQL, so that it works without a network.
    renderGraphiQL: async (options) => (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(options),
    landingPage: false,
    healthCheckEndpoint: NOWHERE,
    maxRequestBodySize: MAX_BODY,
    multipart: false,
    // useAnswers masks, with the request at hand; nothing else may log what an error holds.
    maskedErrors: false,
    logging: false,
  });

  await readRevocations();
  const every = (interval: number, name: string, task: () => Promise<unknown>) => {
    let running = false;
    return setInterval(async () => {
      // A slow one is waited for: it must not be in its own way.
      if (running) return;
      running = true;
      await task().catch((error) => log.error({ err: error }, `${name} failed`));
      running = false;
    }, interval);
  };
  const timers = [
    every(READ_INTERVAL, 'reading revocations', readRevocations),
    every(PRUNE_INTERVAL, 'pruning', () => prune(deps)),
  ];
  return {
    listener: listenerFor(yoga.handleNodeRequestAndResponse, config, log),
    readRevocations,
    endStreams: taskChanges.close,
    close: async () => {
      timers.forEach(clearInterval);
      await taskChanges.stopListening();
      await yoga.dispose();
    },
  };
}

const withoutIntrospection: AppPlugin = {
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
};

// What scope-auth remembers of a request leads back to the request, and V8 lets go of such a circle, with all that hangs on it,
// only in its rare full collections: half of what stayed in memory under load.
const forgettingRules: AppPlugin = {
  onExecute: ({ args }) => ({ onExecuteDone: () => RequestCache.clearForContext(args.contextValue) }),
};

/** Bytes. */
const MAX_BODY = 100_000;
/** Milliseconds after which what another process revoked is known here. */
const READ_INTERVAL = 500;
/** Milliseconds between two rounds of forgetting what nobody needs any more. */
const PRUNE_INTERVAL = 600_000;

interface AppParts {
  config: Config;
  database: Pick<Database, 'db' | 'listen'>;
  log: Log;
  now: () => Date;
  /** For tokens; the first signs, all verify. */
  secrets: string[];
  schema?: typeof latchkey;
}

export interface App {
  listener: RequestListener;
  /** Learns what other processes have revoked; runs by itself twice a second. */
  readRevocations(): Promise<void>;
  /** Completes the open subscriptions and refuses new ones, for a server that is told to stop. */
  endStreams(): void;
  close(): Promise<void>;
}
