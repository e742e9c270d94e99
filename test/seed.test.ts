import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { PEOPLE, seed } from '../src/seed.ts';
import { LOGIN, startApp } from './kit/app.ts';
import { built } from './kit/built.ts';

const { ask, db, now } = await startApp();

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-seed-'));
}, 30_000);
afterAll(() => {
  rmSync(directory, { recursive: true });
});

test('everybody who is seeded can sign in; seeding again changes nothing', async () => {
  expect(await seed(db, 'a password of examples', now())).toBe(true);
  expect(await seed(db, 'another password', now())).toBe(false);
  for (const { email, role } of PEOPLE) {
    const { data } = await ask(LOGIN, { input: { email, password: 'a password of examples' } });
    expect(data.login.user).toMatchObject({ email, role });
  }
});

test('the command shows the logins, the second time says that they are there, and works in development only', async () => {
  const DATA_DIR = join(directory, 'data');
  const refused = await run({
    NODE_ENV: 'production',
    DATA_DIR,
    JWT_SECRET: 'mF9!xQ2#vL7$kR4%tB8^wN3&zH6*cJ5(',
    TRUST_PROXY: '1',
  });
  expect(refused).toMatchObject({ code: 1, stderr: 'There are no examples in production: this is for development.\n' });
  expect(readdirSync(directory)).toEqual([]);

  cpSync(inject('dataDirectory'), DATA_DIR, { recursive: true });
  const first = await run({ DATA_DIR });
  const lines = PEOPLE.map(({ email, role }) => `${email}  [\\w-]{16}${role === 'ADMIN' ? '  \\(admin\\)' : ''}\\n`);
  expect(first).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`^${lines.join('')}$`)),
    stderr: '',
  });
  expect(await run({ DATA_DIR })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^There are examples already/),
  });
}, 60_000);

function run(env: Record<string, string>) {
  const main = fileURLToPath(built('main.js'));
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const options = { env: { PATH: process.env['PATH'], ...env }, cwd: directory };
    execFile(process.execPath, [main, 'seed'], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}
