import { z } from 'zod';
import { privateKeys } from './private-keys.ts';

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

/** Every variable: how it is written, and what it is where it is not set. `.env.example` and the README list them; a test compares. */
export const Variables = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'], { error: 'must be development or production.' })
    .default('development'),
  PORT: whole(4000, 0, 65_535),
  HOST: z.string().optional(),
  DATABASE_URL: z
    .string()
    .refine(
      (url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url),
      'must be an address such as postgresql://user:password@host/database',
    )
    .optional(),
  DATA_DIR: z.string().optional(),
  WORKERS: whole(1, 1, 64),
  MAX_CONNECTIONS: whole(5000, 10, 1_000_000),
  REQUESTS_AT_ONCE: whole(2, 1, 1_000_000),
  OPERATION_TIMEOUT: duration('5s', 1000, UNITS.m),
  STOP_DELAY: durationBetween(0, UNITS.m).optional(),
  /** Several, with space between: the first signs, all verify. */
  JWT_SECRET: z
    .string()
    .transform((text) => text.trim().split(/\s+/))
    .refine((secrets) => secrets.every((secret) => Buffer.byteLength(secret) >= 32), 'must have at least 32 bytes.')
    .optional(),
  /** PEM; several, one after the other: the first signs, all verify. */
  JWT_PRIVATE_KEY: z
    .string()
    .transform((text, context) => {
      const keys = privateKeys(text);
      if (keys) return keys;
      context.addIssue('must be private keys in PEM: Ed25519, P-256, or RSA of 2048 bits and more.');
      return z.NEVER;
    })
    .optional(),
  JWT_ALGORITHM: z
    .enum(['HS256', 'EdDSA', 'ES256', 'RS256'], { error: 'must be HS256, EdDSA, ES256 or RS256.' })
    .optional(),
  JWT_ISSUER: z.string().default('latchkey'),
  JWT_AUDIENCE: z.string().default('latchkey'),
  ACCESS_TOKEN_TTL: duration('15m', 1000, DAY),
  REFRESH_TOKEN_TTL: duration('7d', 1000, 400 * DAY),
  SESSION_TTL: duration('30d', 1000, 400 * DAY),
  REFRESH_GRACE: duration('10s', 0, DAY / 24),
  PASSWORD_MIN_LENGTH: whole(12, 8, 64),
  SIGNUP_LIMIT: whole(100, 1, 1_000_000),
  SIGNUP_LIMIT_TOTAL: whole(1000, 1, 10_000_000),
  OAUTH_PASSWORD_GRANT: onOff,
  GRAPHQL_MAX_CHARACTERS: whole(30_000, 1000, 100_000),
  GRAPHQL_MAX_TOKENS: whole(1000, 100, 100_000),
  GRAPHQL_MAX_DEPTH: whole(16, 1, 100),
  GRAPHQL_MAX_ROOT_FIELDS: whole(20, 1, 1000),
  GRAPHQL_MAX_ALIASES: whole(20, 0, 1000),
  GRAPHQL_MAX_DIRECTIVES: whole(50, 0, 1000),
  GRAPHQL_MAX_COST: whole(10_000, 100, 1_000_000),
  GRAPHQL_MAX_ERRORS: whole(100, 1, 1000),
  CORS_ORIGINS: list.refine(
    (origins) => origins.every(isOrigin),
    'must be origins such as https://app.example.com, with commas between.',
  ),
  TRUST_PROXY: whole(0, 0, 10),
  TLS_CERT: pem('CERTIFICATE', 'TLS_CERT_FILE'),
  TLS_KEY: pem('PRIVATE KEY', 'TLS_KEY_FILE'),
  GRAPHIQL: onOff,
  INTROSPECTION: onOff,
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  METRICS_HOST: z.string().default('localhost'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
  OTEL_TRACES_EXPORTER: z.string().optional(),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { error: 'must be a level of pino.' })
    .default('info'),
  SECURITY_CONTACT: z
    .string()
    .regex(/^(https:\/\/|mailto:|tel:)[!-~]+$/, {
      error: 'must be an address such as mailto:security@example.com or https://example.com/report.',
    })
    .optional(),
});

function isOrigin(text: string) {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text);
}

/** The variables whose value may come from a file. */
export const SECRETS = ['JWT_SECRET', 'JWT_PRIVATE_KEY', 'DATABASE_URL', 'TLS_CERT', 'TLS_KEY'];
