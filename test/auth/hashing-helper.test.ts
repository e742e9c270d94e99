import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { argon2InHelper } from '../../src/auth/hashing-helper.ts';
import { LOGIN, PASSWORD, SECRET, SIGNUP } from '../kit/app.ts';
import { built } from '../kit/built.ts';
import { afterFile } from '../kit/cleanup.ts';
import { dataDirectory } from '../kit/directory.ts';
import { type Run, startScript } from '../kit/process.ts';
import { type Server, serve } from '../kit/server-process.ts';

const input = { email: 'ann@example.com', password: PASSWORD };
const CHEAP = { type: 2, memoryCost: 1024, timeCost: 2, parallelism: 1 } as const;
const MAIN = fileURLToPath(built('auth/hashing-main.js'));
/** A script that hashes, and goes on until it is told. */
const HASHES = `
  import { argon2InHelper } from '${built('auth/hashing-helper.js')}';
  const alive = setInterval(() => {}, 1000);
  await argon2InHelper('${MAIN}').hash('${PASSWORD}', ${JSON.stringify(CHEAP)});`;

const ps = (...args: string[]) => spawnSync('ps', args, { encoding: 'utf8' }).stdout ?? '';
const canSee = ps('-o', 'pid=', '-p', String(process.pid)).trim() === String(process.pid);
if (!canSee) console.warn('SKIPPED: the process that hashes, for there is no ps that would show it.');

/** The processes that hash for this one. */
function helpersOf(parent: number | undefined) {
  const processes = ps('-eo', 'pid=,ppid=,args=').split('\n');
  const hashing = processes.filter((line) => line.includes('hashing-main'));
  const ids = hashing.map((line) => line.trim().split(/\s+/).map(Number));
  return ids.filter(([, ppid]) => ppid === parent).map(([pid]) => pid as number);
}

const isRunning = (pid: number) => /^[^Z]/.test(ps('-o', 'stat=', '-p', String(pid)).trim());

/** The one process that hashes for this one. */
function helperOf({ child }: Run): number {
  const helpers = helpersOf(child.pid);
  expect(helpers).toHaveLength(1);
  return helpers[0] as number;
}

// On a busy machine, what gives way to everybody takes its time.
describe.skipIf(!canSee)('a server', { timeout: 120_000 }, () => {
  let server: Server;
  beforeAll(async () => {
    server = await serve({ DATA_DIR: dataDirectory(), JWT_SECRET: SECRET });
    expect(helpersOf(server.child.pid), 'nothing has been hashed').toEqual([]);
    expect(await server.codeOf(SIGNUP, { input })).toBeNull();
  }, 120_000);

  test('hashes in one process, which gives way to every other and knows nothing of its environment', async () => {
    const helper = helperOf(server);
    // On Linux each thread has a priority of its own.
    const threads = process.platform === 'linux' ? ['-L'] : [];
    const priorities = ps(...threads, '-o', 'ni=', '-p', String(helper));
    expect(new Set(priorities.trim().split(/\s+/))).toEqual(new Set(['10']));

    const variablesOf = (pid: number | undefined) =>
      [...ps('eww', '-o', 'command=', '-p', String(pid)).matchAll(/ ([A-Z_]+)=/g)].map(([, name]) => name);
    expect(variablesOf(server.child.pid)).toContain('JWT_SECRET');
    expect(variablesOf(helper).filter((name) => !name?.startsWith('NODE_CHANNEL_'))).toEqual(['UV_THREADPOOL_SIZE']);

    const wrong = { ...input, password: 'wrong horse battery staple' };
    expect(await server.codeOf(LOGIN, { input: wrong })).toBe('INVALID_CREDENTIALS');
    expect(helperOf(server)).toBe(helper);
  });

  test('goes on when what hashes is killed; signals that both get do not end what hashes', async () => {
    const helper = helperOf(server);
    for (const signal of ['SIGINT', 'SIGTERM']) process.kill(helper, signal);
    expect(await server.codeOf(LOGIN, { input })).toBeNull();
    expect(helperOf(server)).toBe(helper);

    process.kill(helper, 'SIGKILL');
    expect([null, 'SERVICE_UNAVAILABLE']).toContain(await server.codeOf(LOGIN, { input }));
    expect(await server.codeOf(LOGIN, { input })).toBeNull();
    expect(helperOf(server)).not.toBe(helper);
  });
});

describe('argon2 in a process of its own', { timeout: 120_000 }, () => {
  const argon2 = argon2InHelper(MAIN);
  afterFile(() => helpersOf(process.pid).forEach((pid) => void process.kill(pid, 'SIGKILL')));

  test('hashes and compares as argon2 does, and fails as it does', async () => {
    const hash = await argon2.hash(PASSWORD, CHEAP);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=1024,t=2,p=1\$/);
    expect(await Promise.all([argon2.verify(hash, PASSWORD), argon2.verify(hash, 'another')])).toEqual([true, false]);
    await expect(argon2.hash(PASSWORD, { ...CHEAP, memoryCost: 1 })).rejects.toThrow('too small');
    await expect(argon2.verify('no hash', PASSWORD)).rejects.toThrow();
  });

  test.skipIf(!canSee)('refuses what was under way when it died, and does what is asked next', async () => {
    const hash = await argon2.hash(PASSWORD, CHEAP);
    const [helper = 0] = helpersOf(process.pid);
    process.kill(helper, 'SIGSTOP');
    const asked = Promise.allSettled([argon2.verify(hash, PASSWORD), argon2.hash(PASSWORD, CHEAP)]);
    process.kill(helper, 'SIGKILL');
    for (const result of await asked) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'SERVICE_UNAVAILABLE' } });
    }
    expect(await argon2.verify(hash, PASSWORD)).toBe(true);
    expect(helpersOf(process.pid)).not.toContain(helper);
  });

  test.skipIf(!canSee).each(['SIGTERM', 'SIGKILL'] as const)(
    'ends with the process that asks, also by %s',
    async (signal) => {
      const asking = startScript(`${HASHES} console.log('hashed');`);
      await asking.says(/hashed/);
      const helper = helperOf(asking);
      expect(isRunning(helper)).toBe(true);
      await asking.stop(signal);
      await expect.poll(() => isRunning(helper), { timeout: 60_000 }).toBe(false);
    },
  );

  test('keeps no process from ending', async () => {
    const asking = startScript(`${HASHES} clearInterval(alive);`);
    expect((await asking.ended).code).toBe(0);
  });
});
