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
import { useDevMail } from './http/endpoints/dev-mail.ts';
import { NO_HEALTH_CHECK, useHealth } from './http/endpoints/health.ts';
import { useOAuth } from './http/endpoints/oauth.ts';
import { useJwks, useSecurityTxt } from './http/endpoints/well-known.ts';
import { corsFor } from './http/headers.ts';
import { listenerFor } from './http/listener.ts';
import { useMethods } from './http/methods.ts';
import { createShortPath } from './http/short-path.ts';
import { createIssuers } from './issuers/issuers.ts';
import { listenToChanges } from './live/changes.ts';
import type { Log } from './log.ts';
import { startDelivery } from './mail/delivery.ts';
import { pruneMails } from './mail/outbox.ts';
import { createSending } from './mail/smtp.ts';
import { pruneTokens } from './recovery/tokens.ts';
import { schema as latchkey } from './schema.ts';
import { createClockCheck } from './sessions/clock.ts';
import { identify } from './sessions/identify.ts';
import { pruneSessions } from './sessions/prune.ts';
import { createRevocations, pruneRevocations } from './sessions/revocations.ts';
import type { SessionDeps } from './sessions/sessions.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { observed } from './telemetry/observed.ts';
import { createRecorder, toldOf } from './telemetry/record.ts';
import { repeatEvery } from './telemetry/repeat.ts';
import type { Traces } from './telemetry/traces.ts';
import { tokenKeys } from './tokens/keys.ts';
import { after, createTokens } from './tokens/tokens.ts';
import { pruneTrail } from './trail/note.ts';

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
  const { lifetimes, minPasswordLength, confirmsSignups } = config;
  const revocations = createRevocations(lifetimes.accessToken);
  const { mail } = config;
  const sessions: Omit<SessionDeps, 'tell' | 'circumstances'> = {
    db,
    tokens: createTokens(keys, lifetimes),
    revocations,
    lifetimes,
    sendsMail: mail !== null,
    now,
  };
  for (const warning of config.warnings) log.warn(warning);
  const limits = createRateLimits(db, config.signups);
  const oneTime = sessions.tokens.oneTime;
  const auth: Omit<AuthDeps, 'tell' | 'circumstances'> = {
    ...sessions,
    limits,
    hashing,
    minPasswordLength,
    confirmsSignups,
  };
  const external = createIssuers(config.trustedIssuers, sessions, { log, timeout: config.operationTimeout });
  const changes = await listenToChanges(listen, log);
  const sending = { ...database, tokens: oneTime, now, log };
  const delivery = mail && (await startDelivery({ ...sending, appUrl: mail.appUrl, send: createSending(mail) }));
  const checkClock = createClockCheck(db, now, log);
  const readRevocations = async () => {
    await soon(() => Promise.all([revocations.read(db, now()), checkClock()])).finally(changes.judge);
  };
  // What this process does, it is told of: where nobody else writes, to read twice a second would only keep a processor awake.
  const keepUp = isShared ? readRevocations : async () => changes.judge();
  const metrics =
    config.metrics && (await createMetrics(observed({ hashing, changes, revocations, database, delivery })));
  let leaving = false;
  const checkReady = () => (leaving ? Promise.reject(new Error('told to stop')) : soon(checkClock));

  const toAnswer = createAnswers({ suggestions: config.introspection, maxErrors: config.limits.errors });
  const plugins: AppPlugin[] = [
    useHealth(checkReady),
    useJwks(keys),
    useSecurityTxt(config.securityContact, now),
    useOAuth(auth, { passwordGrant: config.oauthPasswordGrant, timeout: config.operationTimeout }),
    ...(config.graphiql ? [useGraphiQL(schema)] : []),
    ...(mail && !mail.smtpUrl ? [useDevMail({ db, tokens: oneTime, appUrl: mail.appUrl })] : []),
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
    context({ record, origin }) {
      const told = toldOf({ record, origin });
      const { revocations, sendsMail } = auth;
      return { db, now, revocations, sendsMail, changes, ...told, auth: { ...auth, ...told } };
    },
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
    await Promise.all([changes.stopListening(), delivery?.stop()]);
    throw error;
  });
  const prune = () =>
    Promise.all([
      pruneSessions(sessions),
      pruneRevocations(db),
      pruneRateLimits(db, now()),
      pruneTokens(db, now()),
      pruneMails(db, now()),
      pruneTrail(db, after(now(), -config.securityEventsTtl)),
    ]);
  const timers = [
    repeatEvery(JUDGE_INTERVAL, 'reading revocations', keepUp, log),
    ...(isShared ? [] : [repeatEvery(IDLE_INTERVAL, 'reading revocations', readRevocations, log)]),
    ...(delivery ? [repeatEvery(MAIL_INTERVAL, 'sending mails', delivery.deliver, log)] : []),
    repeatEvery(PRUNE_INTERVAL, 'pruning', prune, log),
  ];
  return {
    listener: listenerFor(
      { short: createShortPath(yoga, toAnswer), yoga: yoga.handleNodeRequestAndResponse },
      {
        ...config,
        recorder: createRecorder({ log, metrics, traces }),
        identify: (authorization, known) => identify(authorization, { ...sessions, external }, toldOf(known)),
        now,
        isLeaving: () => leaving,
      },
    ),
    metrics: metrics?.listener,
    readRevocations,
    sendMails: async () => delivery?.deliver(),
    leave() {
      leaving = true;
    },
    endStreams: changes.close,
    close: async () => {
      timers.forEach(clearInterval);
      await Promise.all([changes.stopListening(), delivery?.stop()]);
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

/** Milliseconds. */
const SOON = 4000;
/** Milliseconds after which what another process revoked is known here, and a stream ends whose token has expired. */
const JUDGE_INTERVAL = 500;
/** Milliseconds between two readings where nobody else writes: often enough that nobody takes what is known for stale. */
const IDLE_INTERVAL = 4000;
/** Milliseconds between two rounds of trying again what could not be sent; what is new is sent at once. */
const MAIL_INTERVAL = 5000;
/** Milliseconds between two rounds of forgetting what nobody needs any more. */
const PRUNE_INTERVAL = 600_000;

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
  /** Sends the mails that are due; runs by itself whenever one is put, and every few seconds. */
  sendMails(): Promise<void>;
  /** Says to be ready no more, and of each connection that it is closed: for a server that will be stopped. */
  leave(): void;
  /** Completes the open subscriptions and refuses new ones, for a server that is told to stop. */
  endStreams(): void;
  close(): Promise<void>;
}
