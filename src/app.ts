import type { RequestListener } from 'node:http';
import { NoSchemaIntrospectionCustomRule } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { forgetAnswers } from './access/plugin.ts';
import type { Hashing } from './auth/hashing.ts';
import { createRateLimits, pruneRateLimits } from './auth/rate-limits.ts';
import type { AuthDeps } from './auth/sign-in.ts';
import type { Config } from './config/config.ts';
import type { AppPlugin, Context, RequestFacts } from './context.ts';
import type { Database } from './db/database.ts';
import { asOperation, orLate } from './db/operation.ts';
import { useGraphiQL } from './graphiql/page.ts';
import { createAnswers, useAnswers } from './graphql/answers.ts';
import { useWholeMutations } from './graphql/execution/mutations.ts';
import { useQueryPlans } from './graphql/execution/plans.ts';
import { useRecord } from './graphql/execution/record.ts';
import { useTimeLimit } from './graphql/execution/time-limit.ts';
import { useVariables } from './graphql/execution/variables.ts';
import { useKnownDocuments } from './graphql/limits/documents.ts';
import { useLimits } from './graphql/limits/limits.ts';
import { NO_HEALTH_CHECK, useHealth } from './http/endpoints/health.ts';
import { useOAuth } from './http/endpoints/oauth.ts';
import { useJwks, useSecurityTxt } from './http/endpoints/well-known.ts';
import { corsFor } from './http/headers.ts';
import { listenerFor } from './http/listener.ts';
import { useMethods } from './http/methods.ts';
import { createShortPath } from './http/short-path.ts';
import { type Changes, listenToChanges } from './live/changes.ts';
import type { Log } from './log.ts';
import { schema as latchkey } from './schema.ts';
import { createClockCheck } from './sessions/clock.ts';
import { identify } from './sessions/identify.ts';
import { pruneSessions } from './sessions/prune.ts';
import { createRevocations, pruneRevocations, type Revocations } from './sessions/revocations.ts';
import type { SessionDeps } from './sessions/sessions.ts';
import { createMetrics, type Observed } from './telemetry/metrics.ts';
import { createRecorder } from './telemetry/record.ts';
import type { Traces } from './telemetry/traces.ts';
import { tokenKeys } from './tokens/keys.ts';
import { createTokens } from './tokens/tokens.ts';

/** The app over an open, migrated database: everything but listening. Time comes from `now`. */
export async function createApp(parts: AppParts): Promise<App> {
  const { config, database, log, now, secrets, hashing, traces, schema = () => latchkey } = parts;
  const { db, listen, isShared } = database;
  const keys = await tokenKeys({
    issuer: config.jwtIssuer,
    audience: config.jwtAudience,
    secrets,
    privateKeys: config.jwtPrivateKeys,
    algorithm: config.jwtAlgorithm,
  });
  const { lifetimes, minPasswordLength } = config;
  const revocations = createRevocations(lifetimes.accessToken);
  const sessions: Omit<SessionDeps, 'tell'> = {
    db,
    tokens: createTokens(keys, lifetimes),
    revocations,
    lifetimes,
    now,
  };
  for (const warning of config.warnings) log.warn(warning);
  const limits = createRateLimits(db, config.signups);
  const auth: Omit<AuthDeps, 'tell'> = { ...sessions, limits, hashing, minPasswordLength };
  const changes = await listenToChanges(listen, log);
  const checkClock = createClockCheck(db, now, log);
  const readRevocations = async () => {
    await soon(() => Promise.all([revocations.read(db, now()), checkClock()])).finally(changes.judge);
  };
  // What this process does, it is told of: where nobody else writes, to read twice a second would only keep a processor awake.
  const keepUp = isShared ? readRevocations : async () => changes.judge();
  const metrics = config.metrics && (await createMetrics(observed({ hashing, changes, revocations, database })));
  let leaving = false;
  const checkReady = () => (leaving ? Promise.reject(new Error('told to stop')) : soon(checkClock));

  const toAnswer = createAnswers({ suggestions: config.introspection, maxErrors: config.limits.errors });
  const plugins: AppPlugin[] = [
    useHealth(checkReady),
    useJwks(keys),
    useSecurityTxt(config.securityContact, now),
    useOAuth(auth, { passwordGrant: config.oauthPasswordGrant, timeout: config.operationTimeout }),
    ...(config.graphiql ? [useGraphiQL(schema)] : []),
    useMethods(),
    ...(config.introspection ? [] : [withoutIntrospection]),
    useKnownDocuments(),
    useVariables(),
    useLimits(config.limits),
    useWholeMutations(),
    useQueryPlans(),
    forgettingRules,
    useTimeLimit(config.operationTimeout),
    useRecord(),
    useAnswers(toAnswer, () => leaving),
    { onEnveloped: ({ setSchema }) => setSchema(schema()) },
  ];
  const yoga = createYoga<RequestFacts, Omit<Context, keyof RequestFacts>>({
    plugins,
    context: ({ record: { tell } }) => ({ db, now, revocations, tell, auth: { ...auth, tell }, changes }),
    cors: corsFor(config.corsOrigins, config.production ? () => {} : warningOnce(log)),
    // useGraphiQL has a stricter page.
    graphiql: false,
    landingPage: false,
    healthCheckEndpoint: NO_HEALTH_CHECK,
    // The listener has read the body, up to its limit.
    maxRequestBodySize: false,
    multipart: false,
    // useKnownDocuments keeps them by their size; Yoga would by their number.
    parserAndValidationCache: false,
    // useAnswers masks, with the request at hand; nothing else may log what an error holds.
    maskedErrors: false,
    logging: false,
  });

  await readRevocations().catch(async (error) => {
    await changes.stopListening();
    throw error;
  });
  const prune = () => Promise.all([pruneSessions(sessions), pruneRevocations(db), pruneRateLimits(db, now())]);
  const timers = [
    repeatEvery(JUDGE_INTERVAL, 'reading revocations', keepUp, log),
    ...(isShared ? [] : [repeatEvery(IDLE_INTERVAL, 'reading revocations', readRevocations, log)]),
    repeatEvery(PRUNE_INTERVAL, 'pruning', prune, log),
  ];
  return {
    listener: listenerFor(
      { short: createShortPath(yoga, toAnswer), yoga: yoga.handleNodeRequestAndResponse },
      {
        ...config,
        recorder: createRecorder({ log, metrics, traces }),
        identify: (authorization) => identify(authorization, sessions),
        now,
        isLeaving: () => leaving,
      },
    ),
    metrics: metrics?.listener,
    readRevocations,
    leave() {
      leaving = true;
    },
    endStreams: changes.close,
    close: async () => {
      timers.forEach(clearInterval);
      await changes.stopListening();
      await yoga.dispose();
    },
  };
}

/** For whoever develops a page: the browser says no more than that a fetch has failed. */
function warningOnce(log: Log) {
  const known = new Set<string>();
  return (origin: string) => {
    if (known.has(origin) || known.size >= 20) return;
    known.add(origin);
    log.warn(`A page of ${origin.slice(0, 200)} cannot read the answers: the origin is not in CORS_ORIGINS.`);
  };
}

const withoutIntrospection: AppPlugin = {
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
};

const forgettingRules: AppPlugin = {
  onExecute: ({ args }) => ({ onExecuteDone: () => forgetAnswers(args.contextValue) }),
};

/** What waits for nothing but the database, and is to recover with it, does not wait for a connection that is dead. */
const soon = <T>(work: () => Promise<T>) => asOperation(SOON, () => orLate(work()));

/** A slow round is waited for: it must not be in its own way. A failure is told when it begins and when it is over. */
function repeatEvery(interval: number, name: string, work: () => Promise<unknown>, log: Log) {
  let running = false;
  let failing = false;
  return setInterval(async () => {
    if (running) return;
    running = true;
    try {
      await work();
      if (failing) log.info(`${name} works again`);
      failing = false;
    } catch (error) {
      if (!failing) log.error({ err: error }, `${name} fails, and is tried again`);
      failing = true;
    }
    running = false;
  }, interval);
}

/** Milliseconds. */
const SOON = 4000;
/** Milliseconds after which what another process revoked is known here, and a stream ends whose token has expired. */
const JUDGE_INTERVAL = 500;
/** Milliseconds between two readings where nobody else writes: often enough that nobody takes what is known for stale. */
const IDLE_INTERVAL = 4000;
/** Milliseconds between two rounds of forgetting what nobody needs any more. */
const PRUNE_INTERVAL = 600_000;

/** What the metrics tell of the parts, each at the moment that somebody asks. */
function observed({ hashing, changes, revocations, database: { connections } }: ObservedParts): Observed {
  return {
    hashing_waiting: { help: 'Passwords that wait to be hashed.', read: hashing.waiting },
    streams_open: { help: 'Open subscriptions.', read: changes.open },
    revocations_known: { help: 'Ended sessions and changed rights that tokens are judged by.', read: revocations.size },
    ...(connections && {
      connections_total: { help: 'Connections to the database.', read: () => connections().total },
      connections_idle: { help: 'Those of them that nobody uses.', read: () => connections().idle },
      connections_waited_for: { help: 'Statements that wait for a connection.', read: () => connections().waiting },
    }),
  };
}

interface ObservedParts {
  hashing: Hashing;
  changes: Changes;
  revocations: Revocations;
  database: Pick<Database, 'connections'>;
}

interface AppParts {
  config: Config;
  database: Pick<Database, 'db' | 'listen' | 'isShared' | 'connections'>;
  log: Log;
  now: () => Date;
  /** For tokens; the first signs, all verify. */
  secrets: string[];
  hashing: Hashing;
  /** Asked with each request. */
  schema?: () => typeof latchkey;
  traces?: Traces | undefined;
}

export interface App {
  listener: RequestListener;
  /** Answers GET /metrics, for a port of its own; undefined where nobody asked for it. */
  metrics: RequestListener | undefined;
  /** Learns what other processes have revoked; runs by itself twice a second. */
  readRevocations(): Promise<void>;
  /** Says to be ready no more, and of each connection that it is closed: for a server that will be stopped. */
  leave(): void;
  /** Completes the open subscriptions and refuses new ones, for a server that is told to stop. */
  endStreams(): void;
  close(): Promise<void>;
}
