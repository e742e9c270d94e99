import { describe, expect, test, vi } from 'vitest';
import { runCommand } from '../../src/commands.ts';
import { LOGIN, SIGNUP } from '../kit/app.ts';
import { command } from '../kit/command.ts';
import { dataDirectory, emptyDirectory } from '../kit/directory.ts';
import { latchkey, serve } from '../kit/server-process.ts';

const input = { email: 'ann@example.com', password: 'correct horse battery staple' };

describe('npm run admin', () => {
  const env = { DATA_DIR: dataDirectory() };
  let before: string;
  const admin = (...args: string[]) => command(['admin', ...args], { ...env, LOG_LEVEL: 'silent' });

  test('says to stop the server that holds an embedded database', async () => {
    const server = await serve(env);
    before = (await server.ask(SIGNUP, { input })).data.signup.accessToken;
    await server.ask(SIGNUP, { input: { ...input, email: 'bob@example.com' } });
    const { code, output } = await latchkey(['admin', 'grant', input.email, '--yes'], env).ended;
    expect(code).toBe(1);
    expect(output).toContain(`in use by process ${server.child.pid} `);
    expect(output).toContain('Stop it, or set another DATA_DIR');
    await server.stop();
  }, 60_000);

  test('makes the first admin, lists who is one, and takes it back', async () => {
    expect(await admin('list')).toMatchObject({ code: 0, output: 'There is no admin.\n' });
    expect(await admin('grant', 'ANN@example.com', '--yes')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^ann@example.com \(user, signed up on 20.*\)\nann@example.com is an admin.\n$/),
    });
    expect(await admin('revoke', input.email, '--yes')).toMatchObject({
      code: 1,
      output: expect.stringContaining('the last enabled admin'),
    });
    expect(await admin('grant', 'bob@example.com', '--yes')).toMatchObject({ code: 0 });
    expect(await admin('revoke', input.email, '--yes')).toMatchObject({ code: 0 });
    expect(await admin('list')).toMatchObject({ code: 0, output: 'bob@example.com\n' });

    const server = await serve(env);
    expect(await server.codeOf('{ me { id } }', {}, { authorization: `Bearer ${before}` })).toBe('TOKEN_EXPIRED');
    const login = { input: { ...input, email: 'bob@example.com' } };
    const { user, accessToken } = (await server.ask(LOGIN, login)).data.login;
    expect(user.role).toBe('ADMIN');
    const headers = { authorization: `Bearer ${accessToken}` };
    expect((await server.ask('{ users { totalCount } }', {}, headers)).data.users.totalCount).toBe(2);
    await server.stop();
  }, 60_000);

  test('leaves a line in the log', async () => {
    const { code, output } = await latchkey(['admin', 'grant', 'bob@example.com', '--yes'], {
      ...env,
      NODE_ENV: 'development',
    }).ended;
    expect([code, output]).toEqual([0, expect.stringContaining('"event":"ADMIN_COMMAND","command":"grant"')]);
    const unknown = await latchkey(['admin', 'grant', 'cy@example.com', '--yes'], env).ended;
    expect(unknown.output).not.toContain('ADMIN_COMMAND');
  }, 60_000);

  test('names whom it found and asks, and does nothing without a yes, nor where nobody can be asked', async () => {
    const asked: string[] = [];
    const answering = (yes: boolean) => (question: string) => {
      asked.push(question);
      return Promise.resolve(yes);
    };
    const who = expect.stringMatching(/^ann@example.com \(user, signed up on \d{4}-\d\d-\d\d, live sessions: 1\)\n/);
    const nothing = { code: 1, output: expect.stringContaining('Nothing was changed.') };
    const ask = ['admin', 'delete', 'ann@example.com'];
    expect(await command(ask, env, answering(false))).toMatchObject(nothing);
    expect(asked).toEqual(['Delete the account with all that is theirs? (y/N) ']);
    const unasked = await latchkey(ask, env).ended;
    expect(unasked).toMatchObject({ code: 1, output: who });
    expect(unasked.output).toContain('There is no terminal to ask at, and nothing was changed: add --yes');
    expect(await command(ask, env, answering(true))).toMatchObject({
      code: 0,
      output: expect.stringContaining('ann@example.com is deleted.'),
    });
    expect(await admin('enable', 'ann@example.com', '--yes')).toMatchObject({ code: 1 });
  }, 60_000);

  test('names nobody it does not know', async () => {
    const { code, output } = await admin('grant', 'cy@example.com', '--yes');
    expect([code, output]).toEqual([1, 'Nobody has signed up as cy@example.com.\n']);
  });
});

describe('npm run migrate', () => {
  test('applies what is pending, and only that', async () => {
    const env = { DATA_DIR: emptyDirectory() };
    const { code, output } = await latchkey(['migrate'], env).ended;
    expect(code).toBe(0);
    expect(output).toMatch(/^Applied \d{14}_\w+\.\n/);
    expect((await command(['migrate'], env)).output).toBe('The database is up to date.\n');
  }, 60_000);

  test('settles a migration that failed only where there is one', async () => {
    const args = ['migrate', 'rolled-back', '20000101000000_none'];
    const { code, output } = await command(args, { DATA_DIR: dataDirectory() });
    expect(code).toBe(1);
    expect(output).toContain('20000101000000_none');
  }, 60_000);
});

test('an unknown command prints the usage, even with a wrong configuration', async () => {
  const { code, output } = await latchkey(['serv'], { PORT: 'even with a wrong configuration' }).ended;
  expect(code).toBe(1);
  expect(output).toMatch(/^Usage: npm start/);
});

test.each([
  ['a name that every object has', ['constructor']],
  ['admin without an action', ['admin']],
  ['admin with another action', ['admin', 'promote', 'ann@example.com']],
  ['grant without an email', ['admin', 'grant']],
  ['grant with a word it does not know', ['admin', 'grant', 'ann@example.com', '--force']],
  ['list of somebody', ['admin', 'list', 'ann@example.com']],
  ['admin with what every object has', ['admin', 'constructor', 'ann@example.com']],
  ['migrate with half of an answer', ['migrate', 'applied']],
  ['a migration without a name', ['migration']],
  ['access against nothing', ['access', '--against']],
  ['access with a word it does not know', ['access', 'now']],
])('%s is answered with the usage, and touches nothing', async (_name, [command = '', ...args]) => {
  const readConfig = vi.fn();
  await expect(runCommand(command, args, readConfig, new Date(), null)).rejects.toThrow(/^Usage: npm start/);
  expect(readConfig).not.toHaveBeenCalled();
});

test('npm run keys prints a secret that production takes', async () => {
  const { code, output } = await command(['keys'], {});
  expect([code, output]).toEqual([0, expect.stringMatching(/^JWT_SECRET=[\w-]{43,}\n$/)]);
});
