import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { isGuessable } from './guessable.ts';
import { isSafeAddress, isSafeOrLocal } from './trusted-issuers.ts';
import { SECRETS, Variables } from './variables.ts';

/**
 * The configuration that the environment asks for, frozen. Throws one error with every complaint, each naming its variable and
 * never its value. A secret may also come from a file that NAME_FILE names.
 */
export function parseConfig(env: Environment): Config {
  const complaints: string[] = [];
  const complain = (name: string, message: string) => complaints.push(`  ${name}: ${message}`);
  const values = Object.fromEntries(Object.entries(withSecretFiles(env, complain)).filter(([, value]) => value !== ''));

  const parsed = Variables.safeParse(values);
  for (const issue of parsed.error?.issues ?? []) complain(String(issue.path[0]), issue.message);
  if (parsed.data?.NODE_ENV === 'production') {
    for (const [name, message] of productionComplaints(parsed.data)) complain(name, message);
  }
  if (values['TLS_CERT'] && !values['TLS_KEY']) complain('TLS_KEY', 'is needed with TLS_CERT.');
  if (values['TLS_KEY'] && !values['TLS_CERT']) complain('TLS_CERT', 'is needed with TLS_KEY.');
  if (parsed.data && parsed.data.WORKERS > 1 && parsed.data.METRICS_PORT !== undefined) {
    complain('METRICS_PORT', 'cannot be given with WORKERS: each would count for itself. Run replicas instead.');
  }
  if (parsed.data && parsed.data.WORKERS > 1 && !parsed.data.DATABASE_URL) {
    complain('WORKERS', 'needs DATABASE_URL: only one process can hold the embedded database.');
  }
  for (const name of ['MAIL_FROM', 'APP_URL']) {
    if (values['SMTP_URL'] && !values[name]) complain(name, 'is needed with SMTP_URL.');
  }
  const { TRUSTED_ISSUERS: issuers = [], JWT_ISSUER, NODE_ENV } = parsed.data ?? {};
  if (issuers.some(({ issuer }) => issuer === JWT_ISSUER)) complain('TRUSTED_ISSUERS', 'names JWT_ISSUER: our own.');
  const isSafe = NODE_ENV === 'production' ? isSafeAddress : isSafeOrLocal;
  if (issuers.some(({ issuer, jwks }) => !isSafe(jwks) || (/^http:/i.test(issuer) && !isSafe(issuer)))) {
    complain('TRUSTED_ISSUERS', 'must have https addresses in issuer and jwks.');
  }
  if (parsed.data && !hasKey(parsed.data)) complain('JWT_ALGORITHM', 'needs a key of its kind in JWT_PRIVATE_KEY.');
  if (!parsed.data || complaints.length > 0) {
    throw new Error(`The configuration cannot be used:\n${complaints.join('\n')}`);
  }
  const config = toConfig(parsed.data);
  return frozen({ ...config, warnings: [...warningsOf(values, config)] });
}

function toConfig(values: z.output<typeof Variables>) {
  const production = values.NODE_ENV === 'production';
  const dataDir = resolve(values.DATA_DIR ?? '.latchkey');
  return {
    production,
    port: values.PORT,
    host: values.HOST ?? (production ? '0.0.0.0' : 'localhost'),
    storage: values.DATABASE_URL
      ? ({
          kind: 'server',
          url: values.DATABASE_URL,
          connections: connectionsOf(values.WORKERS),
          statementTimeout: values.OPERATION_TIMEOUT,
        } as const)
      : ({ kind: 'embedded', dataDir } as const),
    workers: values.WORKERS,
    maxConnections: values.MAX_CONNECTIONS,
    /** Of one user. */
    requestsAtOnce: values.REQUESTS_AT_ONCE,
    operationTimeout: values.OPERATION_TIMEOUT,
    /** Between the signal to stop and the end of taking connections. */
    stopDelay: values.STOP_DELAY ?? (production ? 3000 : 0),
    /** Where a secret is made and kept in development when none is given. */
    dataDir,
    jwtSecrets: values.JWT_SECRET ?? [],
    jwtPrivateKeys: values.JWT_PRIVATE_KEY ?? [],
    jwtAlgorithm: values.JWT_ALGORITHM,
    jwtIssuer: values.JWT_ISSUER,
    jwtAudience: values.JWT_AUDIENCE,
    lifetimes: {
      accessToken: values.ACCESS_TOKEN_TTL,
      refreshToken: values.REFRESH_TOKEN_TTL,
      session: values.SESSION_TTL,
      refreshGrace: values.REFRESH_GRACE,
    },
    minPasswordLength: values.PASSWORD_MIN_LENGTH,
    /** In 15 minutes. */
    signups: { perAddress: values.SIGNUP_LIMIT, inAll: values.SIGNUP_LIMIT_TOTAL },
    /** Of one operation. */
    limits: {
      characters: values.GRAPHQL_MAX_CHARACTERS,
      tokens: values.GRAPHQL_MAX_TOKENS,
      depth: values.GRAPHQL_MAX_DEPTH,
      rootFields: values.GRAPHQL_MAX_ROOT_FIELDS,
      aliases: values.GRAPHQL_MAX_ALIASES,
      directives: values.GRAPHQL_MAX_DIRECTIVES,
      cost: values.GRAPHQL_MAX_COST,
      errors: values.GRAPHQL_MAX_ERRORS,
    },
    trustedIssuers: values.TRUSTED_ISSUERS,
    /** Milliseconds. */
    securityEventsTtl: values.SECURITY_EVENTS_TTL,
    mail: mailOf(values),
    confirmsSignups: values.SIGNUP_CONFIRMATION ?? false,
    oauthPasswordGrant: values.OAUTH_PASSWORD_GRANT ?? false,
    corsOrigins: values.CORS_ORIGINS,
    /** How many proxies stand before us; each adds an address to X-Forwarded-For. */
    trustedProxies: values.TRUST_PROXY,
    tls: values.TLS_CERT && values.TLS_KEY ? { cert: values.TLS_CERT, key: values.TLS_KEY } : null,
    graphiql: values.GRAPHIQL ?? !production,
    introspection: values.INTROSPECTION ?? !production,
    /** Nobody but who may reach this host and port gets them; null for none. */
    metrics: values.METRICS_PORT === undefined ? null : { port: values.METRICS_PORT, host: values.METRICS_HOST },
    /** The other variables OTEL_* are read by the SDK alone. */
    traces:
      values.OTEL_TRACES_EXPORTER !== 'none' &&
      (values.OTEL_EXPORTER_OTLP_ENDPOINT ?? values.OTEL_TRACES_EXPORTER) !== undefined,
    logLevel: values.LOG_LEVEL,
    /** Told in security.txt; null for none. */
    securityContact: values.SECURITY_CONTACT ?? null,
  };
}

/** How mails are sent; null where none are, which is nowhere but in production. */
function mailOf({
  NODE_ENV,
  PORT,
  TLS_CERT,
  SMTP_URL,
  MAIL_FROM,
  APP_URL,
}: z.output<typeof Variables>): MailConfig | null {
  const production = NODE_ENV === 'production';
  if (production && !SMTP_URL) return null;
  return {
    smtpUrl: SMTP_URL ?? null,
    from: MAIL_FROM ?? 'Latchkey <latchkey@localhost>',
    appUrl: APP_URL ?? `${TLS_CERT ? 'https' : 'http'}://localhost:${PORT}/graphql`,
    requireTls: production && !LOOPBACK.test(new URL(SMTP_URL ?? '').hostname),
  };
}

/** For each worker; together no more than 40 as long as that is enough for each: PostgreSQL lets in 100 by default. */
const connectionsOf = (workers: number) => Math.min(10, Math.max(3, Math.floor(40 / workers)));

function hasKey({ JWT_ALGORITHM: algorithm = 'HS256', JWT_PRIVATE_KEY: keys = [] }: z.output<typeof Variables>) {
  return algorithm === 'HS256' || keys.some((key) => key.alg === algorithm);
}

function* productionComplaints(values: z.output<typeof Variables>): Generator<[string, string]> {
  if (!values.JWT_SECRET) yield ['JWT_SECRET', 'is needed in production: openssl rand -base64 48'];
  if (values.JWT_SECRET?.some(isGuessable)) {
    yield ['JWT_SECRET', 'can be guessed: it is an example, a word, or a pattern. Make one: openssl rand -base64 48'];
  }
  if (!values.DATABASE_URL && !values.DATA_DIR) {
    yield ['DATABASE_URL', 'is needed in production; or name DATA_DIR to use the embedded database on purpose.'];
  }
  if (values.SIGNUP_CONFIRMATION && !values.SMTP_URL) yield ['SMTP_URL', 'is needed for SIGNUP_CONFIRMATION.'];
  if (values.APP_URL && !values.APP_URL.startsWith('https:')) {
    yield ['APP_URL', 'must be https in production: whoever has a link of a mail has the account.'];
  }
  if (values.CORS_ORIGINS.includes('*')) yield ['CORS_ORIGINS', 'cannot be * in production: list the origins.'];
  if (!(values.TLS_CERT && values.TLS_KEY) && values.TRUST_PROXY === 0) {
    yield ['TLS_CERT', 'and TLS_KEY are needed in production, or TRUST_PROXY where a proxy ends TLS.'];
  }
}

/** What nobody may have meant, although it can be used. */
function* warningsOf(
  { NODE_ENV, HOST = 'localhost' }: Environment,
  { corsOrigins, mail }: ReturnType<typeof toConfig>,
) {
  if (corsOrigins.includes('*'))
    yield 'CORS_ORIGINS is *: pages of every origin may read the answers. Production refuses it.';
  if (!mail)
    yield 'SMTP_URL is not set: no mail is sent, so nobody can confirm an email or replace a forgotten password.';
  if (NODE_ENV || LOOPBACK.test(HOST)) return;
  yield 'NODE_ENV is not set although HOST lets other machines in: this is DEVELOPMENT MODE, with GraphiQL, introspection and plain HTTP. Set NODE_ENV=production, or NODE_ENV=development if that is meant.';
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

function withSecretFiles(env: Environment, complain: (name: string, message: string) => void): Environment {
  const read = SECRETS.flatMap((name) => {
    const path = env[`${name}_FILE`];
    if (!path) return [];
    if (env[name]) complain(`${name}_FILE`, `cannot be given together with ${name}.`);
    try {
      return [[name, readFileSync(path, 'utf8').trim()]];
    } catch {
      complain(`${name}_FILE`, 'names a file that cannot be read.');
      return [];
    }
  });
  return { ...env, ...Object.fromEntries(read) };
}

/** To the bottom: nobody may change for everybody what the environment asked for. Keys are values. */
function frozen<Value extends object>(value: Value): Readonly<Value> {
  for (const part of Object.values(value)) {
    if (Array.isArray(part) || Object.getPrototypeOf(part ?? 0) === Object.prototype) frozen(part);
  }
  return Object.freeze(value);
}

export interface MailConfig {
  /** Null where mails are only kept, to be looked at. */
  smtpUrl: string | null;
  from: string;
  /** The page to which links lead. */
  appUrl: string;
  requireTls: boolean;
}

type Environment = Record<string, string | undefined>;
export type Config = Readonly<ReturnType<typeof toConfig> & { warnings: string[] }>;
