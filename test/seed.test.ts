import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PEOPLE, seed } from '../src/seed.ts';
import { LOGIN, startApp } from './kit/app.ts';
import { command } from './kit/command.ts';
import { dataDirectory, emptyDirectory } from './kit/directory.ts';
import { latchkey } from './kit/server-process.ts';

const { ask, db, now } = await startApp();

test('everybody who is seeded can sign in; seeding again changes nothing', async () => {
  expect(await seed(db, 'a password of examples', now())).toBe(true);
  expect(await seed(db, 'another password', now())).toBe(false);
  for (const { email, role } of PEOPLE) {
    const { data } = await ask(LOGIN, { input: { email, password: 'a password of examples' } });
    expect(data.login.user).toMatchObject({ email, role });
  }
});

test('the command shows the logins, the second time says that they are there, and works in development only', async () => {
  const untouched = emptyDirectory();
  const refused = await latchkey(['seed'], {
    NODE_ENV: 'production',
    DATA_DIR: untouched,
    JWT_SECRET: 'mF9!xQ2#vL7$kR4%tB8^wN3&zH6*cJ5(',
    TRUST_PROXY: '1',
  }).ended;
  expect(refused).toMatchObject({ code: 1, stderr: 'There are no examples in production: this is for development.\n' });
  expect(readdirSync(untouched)).toEqual([]);

  const DATA_DIR = dataDirectory();
  const first = await command(['seed'], { DATA_DIR });
  const lines = PEOPLE.map(({ email, role }) => `${email}  [\\w-]{16}${role === 'ADMIN' ? '  \\(admin\\)' : ''}\\n`);
  expect(first).toMatchObject({
    code: 0,
    output: expect.stringMatching(new RegExp(`^${lines.join('')}$`)),
  });
  expect(await command(['seed'], { DATA_DIR })).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^There are examples already/),
  });
}, 60_000);
