import { z } from 'zod';
import { privateKeys } from './private-keys.ts';
import { trustedIssuers } from './trusted-issuers.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Written 15m or 7d; in milliseconds. */
const duration = (fallback: string, min: number, max: number) => durationBetween(min, max).prefault(fallback);

const durationBetween = (min: number, max: number) =>
  z.string().transform((text, context) => {
    const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
    const milliseconds = Number(count) * UNITS[unit as keyof typeof UNITS];
    if (milliseconds >= min && milliseconds <= max) return milliseconds;
    context.addIssue(`must be a duration such as 30s, 15m, 12h or 7d, from ${min / 1000}s to ${written(max)}.`);
    return z.NEVER;
  });

/** In the largest unit that it is a whole number of. */
function written(milliseconds: number) {
  const [unit = 's', size = 1000] = Object.entries(UNITS).findLast(([, size]) => milliseconds % size === 0) ?? [];
  return `${milliseconds / size}${unit}`;
}

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}.`,
    })
    .transform(Number);

const whole = (fallback: number, min: number, max: number) => wholeNumber(min, max).default(fallback);

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((item) => item.trim() || []));

const onOff = z
  .enum(['on', 'off'], { error: 'must be on or off.' })
  .transform((value) => value === 'on')
  .optional();

const pem = (what: string, file: string) =>
  z
    .string()
    .refine((text) => new RegExp(`-----BEGIN ([A-Z]+ )?${what}-----`).test(text), {
      error: `is no ${what} in PEM; ${file} names a file.`,
    })
    .optional();

const DAY = UNITS.d;

/**
 * Every variable: how it is written, what it is where it is not set, and what it is for, from which docs/configuration.md is made.
 * `default` is for people, where only other variables tell. `.env.example` lists them too; a test compares.
 */
export const Variables = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'], { error: 'must be development or production.' })
    .default('development')
    .describe(
      '`production` refuses what is not safe. Where it is unset, a start warns if `HOST` lets other machines in.',
    ),
  PORT: whole(4000, 0, 65_535).describe('Where the server listens; `0` takes any port that is free.'),
  HOST: z.string().optional().meta({
    description: "On which of the machine's addresses it listens.",
    default: '`localhost`, in production `0.0.0.0`',
  }),
  DATABASE_URL: z
    .string()
    .refine(
      (url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url),
      'must be an address such as postgresql://user:password@host/database',
    )
    .optional()
    .describe('A PostgreSQL server. Without it, the database is embedded.'),
  DATA_DIR: z.string().optional().meta({
    description: 'Files of the embedded database, and the development secret. In production it has to be named.',
    default: '`.latchkey`',
  }),
  WORKERS: whole(1, 1, 64).describe('Processes that share the port; more than one needs `DATABASE_URL`.'),
  MAX_CONNECTIONS: whole(5000, 10, 1_000_000).describe('Open connections of clients, for each process.'),
  REQUESTS_AT_ONCE: whole(2, 1, 1_000_000).describe('Requests of one user that are answered at once; the next wait.'),
  OPERATION_TIMEOUT: duration('5s', 1000, UNITS.m).describe(
    'How long an operation may take, and one of its statements.',
  ),
  STOP_DELAY: durationBetween(0, UNITS.m).optional().meta({
    description: 'From the signal to stop until no new connection is taken.',
    default: '`0s`, in production `3s`',
  }),
  JWT_SECRET: z
    .string()
    .transform((text) => text.trim().split(/\s+/))
    .refine((secrets) => secrets.every((secret) => Buffer.byteLength(secret) >= 32), 'must have at least 32 bytes.')
    .optional()
    .meta({
      description: '32 bytes at least. Several with space between: the first signs, all verify.',
      default: 'made in development',
    }),
  JWT_PRIVATE_KEY: z
    .string()
    .transform((text, context) => {
      const keys = privateKeys(text);
      if (keys) return keys;
      context.addIssue('must be private keys in PEM: Ed25519, P-256, or RSA of 2048 bits and more.');
      return z.NEVER;
    })
    .optional()
    .describe('PEM: Ed25519, P-256 or RSA. Several after each other: the first signs, all verify.'),
  JWT_ALGORITHM: z
    .enum(['HS256', 'EdDSA', 'ES256', 'RS256'], { error: 'must be HS256, EdDSA, ES256 or RS256.' })
    .optional()
    .meta({
      description: 'Which of the keys signs: `HS256`, `EdDSA`, `ES256` or `RS256`.',
      default: 'that of the first private key, or `HS256`',
    }),
  JWT_ISSUER: z.string().default('latchkey').describe('The claim `iss` of every token.'),
  JWT_AUDIENCE: z.string().default('latchkey').describe('The claim `aud` of every token.'),
  ACCESS_TOKEN_TTL: duration('15m', 1000, DAY).describe('How long an access token lives.'),
  REFRESH_TOKEN_TTL: duration('7d', 1000, 400 * DAY).describe('How long a session lives without a refresh.'),
  SESSION_TTL: duration('30d', 1000, 400 * DAY).describe('How long a session lives at most.'),
  REFRESH_GRACE: duration('10s', 0, DAY / 24).describe(
    'How long after a refresh the token before it gets the same answer.',
  ),
  PASSWORD_MIN_LENGTH: whole(12, 8, 64).describe('Code points of a new password.'),
  SIGNUP_LIMIT: whole(100, 1, 1_000_000).describe(
    'Sign-ups in 15 minutes from one address; from a /48 of IPv6 four times that.',
  ),
  SIGNUP_LIMIT_TOTAL: whole(1000, 1, 10_000_000).describe('Sign-ups in 15 minutes in all.'),
  TRUSTED_ISSUERS: trustedIssuers
    .prefault('[]')
    .describe('JSON: [other issuers](issuers.md) whose access tokens are taken.'),
  SMTP_URL: z
    .string()
    .refine((url) => /^smtps?:\/\/[^/]/.test(url) && URL.canParse(url), {
      error: 'must be an address such as smtps://user:password@smtp.example.com',
    })
    .optional()
    .meta({
      description: '[Mails](operate.md#mail) are sent by this server; with `MAIL_FROM` and `APP_URL`.',
      default: 'none: development keeps them at `/dev/mail`, production sends none',
    }),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]*[^\s@]+@[^\s@]+$/, { error: 'must be an email, or Name <email>.' })
    .optional()
    .describe('Whom mails are from: `Example <hello@example.com>`.'),
  APP_URL: z
    .url({ protocol: /^https?$/, error: 'must be an address such as https://app.example.com' })
    .refine((url) => !url.includes('#'), 'must not have a #: what is behind it is for links in mails.')
    .optional()
    .meta({
      description: 'The page to which links in mails lead.',
      default: 'GraphiQL, in development',
    }),
  SIGNUP_CONFIRMATION: onOff.meta({
    description:
      'A sign-up opens the account once the link of a mail is used, and does not tell whether the email has one.',
    default: '`off`',
  }),
  SECURITY_EVENTS_TTL: duration('365d', DAY, 4000 * DAY).describe('How long security events are kept.'),
  OAUTH_PASSWORD_GRANT: onOff.meta({
    description: '`/oauth/token` takes the grants `password` and `refresh_token`.',
    default: '`off`',
  }),
  GRAPHQL_MAX_CHARACTERS: whole(30_000, 1000, 100_000).describe('Characters of a document.'),
  GRAPHQL_MAX_TOKENS: whole(1000, 100, 100_000).describe('Tokens of a document.'),
  GRAPHQL_MAX_DEPTH: whole(16, 1, 100).describe("Depth of an operation's fields."),
  GRAPHQL_MAX_ROOT_FIELDS: whole(20, 1, 1000).describe('Root fields of an operation.'),
  GRAPHQL_MAX_ALIASES: whole(20, 0, 1000).describe('Aliases of an operation.'),
  GRAPHQL_MAX_DIRECTIVES: whole(50, 0, 1000).describe('Directives of an operation.'),
  GRAPHQL_MAX_COST: whole(10_000, 100, 1_000_000).describe('[Cost](limits.md#cost) of an operation.'),
  GRAPHQL_MAX_ERRORS: whole(100, 1, 1000).describe('Errors of an answer.'),
  CORS_ORIGINS: list
    .refine(
      (origins) => origins.every(isOrigin),
      'must be origins such as https://app.example.com, with commas between.',
    )
    .describe('Whose pages may call from another origin: exact origins with commas between.'),
  TRUST_PROXY: whole(0, 0, 10).describe('How many proxies stand before the server and write `X-Forwarded-*`.'),
  TLS_CERT: pem('CERTIFICATE', 'TLS_CERT_FILE').describe('PEM, to serve HTTPS without a proxy; with `TLS_KEY`.'),
  TLS_KEY: pem('PRIVATE KEY', 'TLS_KEY_FILE').describe('Its private key, in PEM.'),
  GRAPHIQL: onOff.meta({
    description: 'GraphiQL at `/graphql`, for whoever asks for a page.',
    default: '`on`, in production `off`',
  }),
  INTROSPECTION: onOff.meta({
    description: 'Whether clients may ask for the schema, and are told what they may have meant.',
    default: '`on`, in production `off`',
  }),
  METRICS_PORT: wholeNumber(0, 65_535)
    .optional()
    .describe('[Metrics](watch.md#metrics) for Prometheus, on a port of their own.'),
  METRICS_HOST: z.string().default('localhost').describe('Who reaches that port.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .optional()
    .describe('Turns [traces](watch.md#traces) on and says where they go.'),
  OTEL_TRACES_EXPORTER: z
    .string()
    .optional()
    .describe('Turns traces on, or off with `none`; the other `OTEL_*` are read as usual.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { error: 'must be a level of pino.' })
    .default('info')
    .describe('`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.'),
  SECURITY_CONTACT: z
    .string()
    .regex(/^(https:\/\/|mailto:|tel:)[!-~]+$/, {
      error: 'must be an address such as mailto:security@example.com or https://example.com/report.',
    })
    .optional()
    .describe('`mailto:…`, `https://…` or `tel:…`, told in `/.well-known/security.txt`.'),
});

function isOrigin(text: string) {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text);
}

/** The variables whose value may come from a file. */
export const SECRETS = ['JWT_SECRET', 'JWT_PRIVATE_KEY', 'DATABASE_URL', 'SMTP_URL', 'TLS_CERT', 'TLS_KEY'];
