import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';

const SECRET = 'kQ2vN8xR4tY7uB1mZ5cL9wE3aS6dF0gH';
const PRODUCTION = { NODE_ENV: 'production', JWT_SECRET: SECRET, DATABASE_URL: 'postgres://db/x', TRUST_PROXY: '1' };

const directory = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function complaintOf(env: Record<string, string>): string {
  try {
    parseConfig(env);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const MAIL = {
  SMTP_URL: 'smtps://user:pa55@smtp.example.com',
  MAIL_FROM: 'Example <hello@example.com>',
  APP_URL: 'https://app.example.com',
};
const CERT = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
const KEY = '-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----';

describe('mail', () => {
  test('is kept in development, and leads to GraphiQL', () => {
    expect(parseConfig({ PORT: '4321' }).mail).toMatchObject({
      smtpUrl: null,
      appUrl: 'http://localhost:4321/graphql',
    });
    expect(parseConfig({ TLS_CERT: CERT, TLS_KEY: KEY }).mail?.appUrl).toBe('https://localhost:4000/graphql');
  });

  test('is sent by the server that is named, with TLS in production wherever it leaves this machine', () => {
    expect(parseConfig({ ...PRODUCTION, ...MAIL }).mail).toMatchObject({
      smtpUrl: MAIL.SMTP_URL,
      from: MAIL.MAIL_FROM,
      appUrl: MAIL.APP_URL,
      requireTls: true,
    });
    expect(parseConfig({ ...PRODUCTION, ...MAIL, SMTP_URL: 'smtp://localhost' }).mail?.requireTls).toBe(false);
    expect(parseConfig(MAIL).mail?.requireTls).toBe(false);
  });

  test('is not sent in production unless a server is named, which is told', () => {
    const { mail, warnings } = parseConfig(PRODUCTION);
    expect([mail, warnings]).toEqual([null, [expect.stringMatching(/^SMTP_URL is not set/)]]);
  });

  test('needs who it is from, and where its links lead', () => {
    const complaints = complaintOf({ SMTP_URL: MAIL.SMTP_URL });
    for (const name of ['MAIL_FROM', 'APP_URL']) expect(complaints).toContain(`${name}: is needed with SMTP_URL.`);
    expect(complaintOf({ ...PRODUCTION, ...MAIL, APP_URL: 'http://app.example.com' })).toContain(
      'APP_URL: must be https',
    );
  });

  test.each([
    ['SMTP_URL', 'https://smtp.example.com'],
    ['SMTP_URL', 'smtp://'],
    ['MAIL_FROM', 'nobody'],
    ['MAIL_FROM', 'a@example.com\nBcc: b@example.com'],
    ['APP_URL', 'tasks.example.org/app'],
    ['APP_URL', 'javascript:alert(1)'],
    ['APP_URL', 'https://app.example.com/#/'],
  ])('is refused with a %s such as %s, without saying what was sent', (name, value) => {
    const complaints = complaintOf({ ...MAIL, [name]: value });
    expect(complaints).toContain(`  ${name}: must`);
    expect(complaints).not.toContain(value);
  });
});

describe('development', () => {
  test('needs nothing', () => {
    expect(parseConfig({})).toMatchObject({
      production: false,
      port: 4000,
      host: 'localhost',
      storage: { kind: 'embedded' },
      graphiql: true,
      introspection: true,
      corsOrigins: [],
      lifetimes: { accessToken: 900_000, refreshToken: 604_800_000, session: 2_592_000_000, refreshGrace: 10_000 },
    });
  });

  test('by default, it is warned of where other machines are let in', () => {
    for (const HOST of ['0.0.0.0', '::', '192.0.2.1', 'api.example.com']) {
      expect(parseConfig({ HOST }).warnings, HOST).toEqual([expect.stringMatching(/NODE_ENV is not set.*DEVELOPMENT/)]);
      expect(parseConfig({ HOST, NODE_ENV: 'development' }).warnings).toEqual([]);
      expect(parseConfig({ ...PRODUCTION, ...MAIL, HOST }).warnings).toEqual([]);
    }
    for (const HOST of ['', 'localhost', '127.0.0.1', '::1']) expect(parseConfig({ HOST }).warnings).toEqual([]);
  });

  test('it is warned that every page may read the answers where CORS_ORIGINS says so', () => {
    expect(parseConfig({ CORS_ORIGINS: '*' }).warnings).toEqual([expect.stringMatching(/^CORS_ORIGINS is \*/)]);
    expect(parseConfig({ CORS_ORIGINS: 'https://app.example.com' }).warnings).toEqual([]);
  });

  test('an empty variable is one that is not set', () => {
    expect(parseConfig({ PORT: '', DATABASE_URL: '', GRAPHIQL: '' })).toEqual(parseConfig({}));
  });

  test('the configuration cannot be changed by accident', () => {
    expect(Object.isFrozen(parseConfig({}))).toBe(true);
  });

  test('weak secrets are refused there too when they are short', () => {
    expect(complaintOf({ JWT_SECRET: 'short' })).toContain('JWT_SECRET: must have at least 32 bytes.');
  });
});

describe('a value that cannot be understood stops the start', () => {
  test.each([
    ['NODE_ENV', 'prod'],
    ['PORT', 'hunter2'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '4e3'],
    ['DATABASE_URL', 'mysql://hunter2@db'],
    ['DATABASE_URL', 'postgres://hunter2:x@[/'],
    ['JWT_PRIVATE_KEY', '-----BEGIN PRIVATE KEY-----hunter2-----END PRIVATE KEY-----'],
    ['JWT_ALGORITHM', 'none'],
    ['JWT_ALGORITHM', 'RS256'],
    ['ACCESS_TOKEN_TTL', '15 minutes'],
    ['ACCESS_TOKEN_TTL', '0s'],
    ['ACCESS_TOKEN_TTL', '2d'],
    ['ACCESS_TOKEN_TTL', '900'],
    ['REFRESH_TOKEN_TTL', '401d'],
    ['SESSION_TTL', '-1d'],
    ['REFRESH_GRACE', '2h'],
    ['PASSWORD_MIN_LENGTH', '7'],
    ['OAUTH_PASSWORD_GRANT', 'yes'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', 'app.example.com'],
    ['CORS_ORIGINS', 'https://app.example.com/'],
    ['CORS_ORIGINS', 'https://a.example https://b.example'],
    ['TRUST_PROXY', 'true'],
    ['GRAPHIQL', 'true'],
    ['INTROSPECTION', '1'],
    ['LOG_LEVEL', 'loud'],
    ['SECURITY_CONTACT', 'hunter2@example.com'],
    ['SECURITY_CONTACT', 'mailto:a@example.com\nPolicy: hunter2'],
  ])('%s=%s', (name, value) => {
    const complaint = complaintOf({ [name]: value });
    expect(complaint).toMatch(new RegExp(`^  ${name}: `, 'm'));
    expect(complaint, 'never the value').not.toContain('hunter2');
  });

  test('half of a TLS pair', () => {
    expect(complaintOf({ TLS_CERT: CERT })).toContain('TLS_KEY: is needed with TLS_CERT.');
    expect(complaintOf({ TLS_KEY: KEY })).toContain('TLS_CERT: is needed with TLS_KEY.');
  });

  test('the path of a file in place of what is in it', () => {
    const complaint = complaintOf({ TLS_CERT: '/etc/tls/hunter2.pem', TLS_KEY: '/etc/tls/hunter2.key' });
    expect(complaint).toContain('TLS_CERT: is no CERTIFICATE in PEM; TLS_CERT_FILE names a file.');
    expect(complaint).toContain('TLS_KEY: is no PRIVATE KEY in PEM; TLS_KEY_FILE names a file.');
    expect(complaint).not.toContain('hunter2');
  });

  test('several workers on the embedded database, which only one process can hold', () => {
    expect(complaintOf({ WORKERS: '2' })).toContain('WORKERS: needs DATABASE_URL');
    expect(parseConfig({ WORKERS: '1' }).workers).toBe(1);
    const measured = { DATABASE_URL: 'postgres://db/x', METRICS_PORT: '9464' };
    expect(complaintOf({ WORKERS: '2', ...measured })).toContain('METRICS_PORT: cannot be given with WORKERS');
    expect(parseConfig({ WORKERS: '1', ...measured }).metrics).toEqual({ port: 9464, host: 'localhost' });
    const onServer = (workers: string) => parseConfig({ WORKERS: workers, DATABASE_URL: 'postgres://db/x' });
    expect(onServer('2')).toMatchObject({ workers: 2, storage: { connections: 10 } });
    expect(onServer('8')).toMatchObject({ workers: 8, storage: { connections: 5 } });
  });

  test('all complaints come at once', () => {
    const complaint = complaintOf({ PORT: 'x', LOG_LEVEL: 'x', NODE_ENV: 'x', JWT_SECRET: 'x' });
    for (const name of ['PORT', 'LOG_LEVEL', 'NODE_ENV', 'JWT_SECRET']) expect(complaint).toContain(`  ${name}: `);
  });
});

describe('production', () => {
  test('starts with a secret, a database and a trusted proxy; GraphiQL and introspection are off', () => {
    expect(parseConfig(PRODUCTION)).toMatchObject({ production: true, graphiql: false, introspection: false });
  });

  test('shows GraphiQL and the schema to who asks for them by name', () => {
    expect(parseConfig({ ...PRODUCTION, GRAPHIQL: 'on', INTROSPECTION: 'on' })).toMatchObject({
      graphiql: true,
      introspection: true,
    });
  });

  test('without anything, each thing that is missing is named', () => {
    const complaint = complaintOf({ NODE_ENV: 'production' });
    for (const name of ['JWT_SECRET', 'DATABASE_URL', 'TLS_CERT']) expect(complaint).toContain(`  ${name}: `);
  });

  test('takes the embedded database only when it is asked for by name', () => {
    const { DATABASE_URL, ...rest } = PRODUCTION;
    expect(complaintOf(rest)).toContain('DATABASE_URL: ');
    expect(parseConfig({ ...rest, DATA_DIR: '/data' })).toMatchObject({
      storage: { kind: 'embedded', dataDir: '/data' },
    });
  });

  test('refuses every origin, and takes listed ones', () => {
    expect(complaintOf({ ...PRODUCTION, CORS_ORIGINS: '*' })).toContain('CORS_ORIGINS: ');
    expect(complaintOf({ ...PRODUCTION, CORS_ORIGINS: 'https://app.example.com,*' })).toContain('CORS_ORIGINS: ');
    const origins = 'https://app.example.com, http://localhost:3000';
    expect(parseConfig({ ...PRODUCTION, CORS_ORIGINS: origins }).corsOrigins).toEqual(origins.split(', '));
  });

  test('refuses plain HTTP, and takes its own TLS in place of a proxy', () => {
    const { TRUST_PROXY, ...rest } = PRODUCTION;
    expect(complaintOf(rest)).toContain('TLS_CERT: ');
    expect(complaintOf({ ...rest, TRUST_PROXY: '0' })).toContain('TLS_CERT: ');
    expect(parseConfig({ ...rest, TLS_CERT: CERT, TLS_KEY: KEY }).tls).toEqual({ cert: CERT, key: KEY });
  });

  test.each([
    'changemechangemechangemechangeme',
    'please-change-me-please-change-it',
    'a-string-secret-at-least-256-bits-long',
    'your-256-bit-secret-your-256-bit-secret',
    'my-super-secret-jwt-key-for-production',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'abcabcabcabcabcabcabcabcabcabcabcabcabc',
    '0123456789abcdef0123456789abcdef',
    '12345678901234567890123456789012',
    'abcdefghijklmnopqrstuvwxyz123456',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
    'zyxwvutsrqponmlkjihgfedcba987654321',
    'qwertyuiopasdfghjklzxcvbnm123456',
    'Latchkey-production-key-of-the-api',
    'correct-horse-password-battery-staple',
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  ])('refuses the secret %s', (secret) => {
    const complaint = complaintOf({ ...PRODUCTION, JWT_SECRET: secret });
    expect(complaint).toContain('JWT_SECRET: can be guessed');
    expect(complaint).not.toContain(secret);
    expect(complaintOf({ ...PRODUCTION, JWT_SECRET: `${SECRET} ${secret}` }), 'as one of several').not.toBe('');
  });

  test('takes secrets that a generator made', () => {
    for (const secret of [
      SECRET,
      'f3a91c07be4d28560d7ea2b9148cf3657b20d9ce81f4a63e5c0b7d12a98e46f3',
      'V2hLk0n5oG1xqYzR8uTj3mQbC7eWfA9sD4pXi6NyHgE=',
    ]) {
      expect(complaintOf({ ...PRODUCTION, JWT_SECRET: secret })).toBe('');
    }
  });
});

describe('a secret from a file', () => {
  const file = join(directory, 'secret');

  test('is read without the space around it', () => {
    writeFileSync(file, `${SECRET}\n`);
    expect(parseConfig({ JWT_SECRET_FILE: file }).jwtSecrets).toEqual([SECRET]);
  });

  test('is judged like any other', () => {
    writeFileSync(file, 'hunter2\n');
    const complaint = complaintOf({ JWT_SECRET_FILE: file });
    expect(complaint).toContain('  JWT_SECRET: ');
    expect(complaint).not.toContain('hunter2');
  });

  test('cannot be given twice, and must be there', () => {
    expect(complaintOf({ JWT_SECRET: SECRET, JWT_SECRET_FILE: file })).toContain('JWT_SECRET_FILE: cannot be given');
    expect(complaintOf({ DATABASE_URL_FILE: join(directory, 'nowhere') })).toContain('DATABASE_URL_FILE: names a file');
  });
});
