import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PEOPLE, seed } from '../src/seed.ts';
import { LOGIN, PASSWORD, SIGNUP, startApp } from './kit/app.ts';
import { command } from './kit/command.ts';
import { dataDirectory, emptyDirectory } from './kit/directory.ts';
import { latchkey } from './kit/server-process.ts';

const { ask, codeOf, db, now } = await startApp();

test('everybody who is seeded can sign in; seeding again gives them another password', async () => {
  const signIn = (email: string, password: string) => ask(LOGIN, { input: { email, password } });
  expect(await seed(db, 'a password of examples', now())).toBe('made');
  const [ada] = PEOPLE;
  const before = (await signIn(ada.email, 'a password of examples')).data.login;

  expect(await seed(db, 'another password', now())).toBe('renewed');
  for (const { email, role } of PEOPLE) {
    expect((await signIn(email, 'another password')).data.login.user).toMatchObject({ email, role });
    expect((await signIn(email, 'a password of examples')).errors?.[0]?.extensions.code).toBe('INVALID_CREDENTIALS');
  }
  expect(await db.user.count()).toBe(PEOPLE.length);
  const refresh = 'mutation ($input: RefreshInput!) { refresh(input: $input) { tokenType } }';
  expect(await codeOf(refresh, { input: { refreshToken: before.refreshToken } })).toBe('REFRESH_REJECTED');
});

test('who has one of the addresses already is named, and nothing is changed', async () => {
  const { ask, codeOf, db, now } = await startApp();
  const input = { email: PEOPLE[1].email, password: PASSWORD };
  await ask(SIGNUP, { input });
  await expect(seed(db, 'a password of examples', now())).rejects.toThrow(input.email);
  expect(await db.user.count()).toBe(1);
  expect(await codeOf(LOGIN, { input })).toBeNull();
});

test('the command shows the logins, the second time with another password, and works in development only', async () => {
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
    output: expect.stringMatching(new RegExp(`^The examples were there.*\\n${lines.join('')}$`)),
  });
}, 60_000);
