import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { privateKeys } from './private-keys.ts';

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
  if (parsed.data && !hasKey(parsed.data)) complain('JWT_ALGORITHM', 'needs a key of its kind in JWT_PRIVATE_KEY.');
  if (!parsed.data || complaints.length > 0) {
    throw new Error(`The configuration cannot be used:\n${complaints.join('\n')}`);
  }
  return Object.freeze(toConfig(parsed.data));
}

function toConfig(values: z.output<typeof Variables>) {
  const production = values.NODE_ENV === 'production';
  return {
    production,
    port: values.PORT,
    host: values.HOST ?? (production ? '0.0.0.0' : 'localhost'),
    storage: values.DATABASE_URL
      ? ({ kind: 'server', url: values.DATABASE_URL } as const)
      : ({ kind: 'embedded', dataDir: resolve(values.DATA_DIR ?? '.latchkey') } as const),
    /** Where a secret is made and kept in development when none is given. */
    dataDir: resolve(values.DATA_DIR ?? '.latchkey'),
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
    oauthPasswordGrant: values.OAUTH_PASSWORD_GRANT ?? false,
    corsOrigins: values.CORS_ORIGINS,
    /** How many proxies stand before us; each adds an address to X-Forwarded-For. */
    trustedProxies: values.TRUST_PROXY,
    tls: values.TLS_CERT && values.TLS_KEY ? { cert: values.TLS_CERT, key: values.TLS_KEY } : null,
    graphiql: values.GRAPHIQL ?? !production,
    introspection: values.INTROSPECTION ?? !production,
    logLevel: values.LOG_LEVEL,
  };
}

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
  if (values.CORS_ORIGINS.includes('*')) yield ['CORS_ORIGINS', 'cannot be * in production: list the origins.'];
  if (!(values.TLS_CERT && values.TLS_KEY) && values.TRUST_PROXY === 0) {
    yield ['TLS_CERT', 'and TLS_KEY are needed in production, or TRUST_PROXY where a proxy ends TLS.'];
  }
}

/** Examples from documentation, single words with numbers, one thing repeated, runs of the keyboard or the alphabet. */
function isGuessable(secret: string) {
  const letters = secret.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    EXAMPLES.some((example) => letters.includes(example)) ||
    /^(.{1,16}?)\1+.{0,15}$/s.test(secret) ||
    new Set(secret).size < 10 ||
    neighbours(letters) > letters.length / 2
  );
}

/** How many letters stand beside the same one in the alphabet, among the digits or on the keyboard, forwards or backwards. */
const neighbours = (letters: string) =>
  [...letters.slice(1)].filter(
    (letter, i) => RUNS.includes(`${letters[i]}${letter}`) || RUNS.includes(`${letter}${letters[i]}`),
  ).length;

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

/** The variables whose value may come from a file. */
export const SECRETS = ['JWT_SECRET', 'JWT_PRIVATE_KEY', 'DATABASE_URL', 'TLS_CERT', 'TLS_KEY'];

const EXAMPLES = [
  'changeme',
  'changethis',
  'replaceme',
  'yoursecret',
  '256bit',
  'aym1sysppbydfgzld3umj1qz', // the key of RFC 7515, appendix A.1
  'supersecret',
  'mysecret',
  'topsecret',
  'jwtsecret',
  'secretkey',
  'secretsecret',
  'keyboardcat',
  'example',
  'password',
  'latchkey',
  'insecure',
  'donotuse',
  'development',
];

const RUNS = 'abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Written 15m or 7d; in milliseconds. */
const duration = (fallback: string, min: number, max: number) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
      const milliseconds = Number(count) * UNITS[unit as keyof typeof UNITS];
      if (milliseconds >= min && milliseconds <= max) return milliseconds;
      context.addIssue(`must be a duration such as 30s, 15m, 12h or 7d, from ${min / 1000}s to ${max / UNITS.d}d.`);
      return z.NEVER;
    });

const whole = (fallback: number, min: number, max: number) =>
  z
    .string()
    .default(String(fallback))
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}.`,
    })
    .transform(Number);

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((item) => item.trim() || []));

const onOff = z
  .enum(['on', 'off'], { error: 'must be on or off.' })
  .transform((value) => value === 'on')
  .optional();

const DAY = UNITS.d;

const Variables = z.object({
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
  OAUTH_PASSWORD_GRANT: onOff,
  CORS_ORIGINS: list.refine(
    (origins) => origins.every(isOrigin),
    'must be origins such as https://app.example.com, with commas between.',
  ),
  TRUST_PROXY: whole(0, 0, 10),
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  GRAPHIQL: onOff,
  INTROSPECTION: onOff,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { error: 'must be a level of pino.' })
    .default('info'),
});

function isOrigin(text: string) {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text);
}

/** Every variable that is read, for the test that compares .env.example. */
export const VARIABLES = Object.keys(Variables.shape);

type Environment = Record<string, string | undefined>;
export type Config = Readonly<ReturnType<typeof toConfig>>;
