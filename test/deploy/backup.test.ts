import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LOGIN, PASSWORD, SECRET, SIGNUP } from '../kit/app.ts';
import { afterFile } from '../kit/cleanup.ts';
import { dataDirectory, emptyDirectory } from '../kit/directory.ts';
import { createDatabase, databaseOnServer, dropDatabase, serverUrl, urlOf } from '../kit/postgres.ts';
import { bearing, LOGOUT, refreshed } from '../kit/requests.ts';
import { type Server, serve } from '../kit/server-process.ts';
import { commandsUnder } from './page.ts';

const hasTools = spawnSync('pg_dump', ['--version']).status === 0;
const canRestore = serverUrl !== undefined && hasTools;
if (!canRestore) console.warn('SKIPPED: restoring a server, which takes TEST_SERVER and pg_dump (postgresql-client).');

const [dumpServer = '', packFolder = ''] = commandsUnder('Back up');
const [restoreServer = '', unpackFolder = ''] = commandsUnder('Restore');

const ann = { email: 'ann@example.com', password: PASSWORD };
const bob = { email: 'bob@example.com', password: PASSWORD };
const NEW_SECRET = 'wP4xM1zT8sJ6bG3nH9vD2qY7kC5rL0fA';
const nameOf = async ({ ask }: Server, input: typeof ann) => (await ask(LOGIN, { input })).data?.login?.user.name;

describe.each([
  {
    storage: 'the embedded database, while it is stopped',
    isRun: true,
    isStopped: true,
    pack: packFolder,
    unpack: unpackFolder,
    begin: async () => ({ DATA_DIR: dataDirectory() }),
    another: async () => ({ DATA_DIR: join(emptyDirectory(), 'restored') }),
  },
  {
    storage: 'a PostgreSQL server, while Latchkey runs',
    isRun: canRestore,
    isStopped: false,
    pack: dumpServer,
    unpack: restoreServer,
    begin: async () => ({ DATABASE_URL: (await databaseOnServer()).url }),
    another: emptyServerDatabase,
  },
])('$storage', ({ isRun, isStopped, pack, unpack, begin, another }) => {
  test.runIf(isRun)(
    'comes back from a backup with what was there, and with nothing that was signed out since once the secret is new',
    async () => {
      const cwd = emptyDirectory();
      const original = await begin();
      let server = await serve({ ...original, JWT_SECRET: SECRET });
      const { data } = await server.ask(SIGNUP, { input: ann });
      const { accessToken, refreshToken } = data.signup;
      await bearing(server, accessToken).ask('mutation { updateMe(input: { name: "Ann" }) { id } }');
      if (isStopped) await server.stop();
      run(pack, cwd, original);
      if (isStopped) server = await serve({ ...original, JWT_SECRET: SECRET });

      await server.ask(SIGNUP, { input: bob });
      await server.ask(LOGOUT, { token: refreshToken });
      expect(await refreshed(server, refreshToken)).toBe('REFRESH_REJECTED');
      await server.stop();

      const restored = await another();
      run(unpack, cwd, restored);
      const careless = await serve({ ...restored, JWT_SECRET: SECRET });
      expect(await nameOf(careless, ann)).toBe('Ann');
      expect(await careless.codeOf(LOGIN, { input: bob })).toBe('INVALID_CREDENTIALS');
      expect(await bearing(careless, accessToken).codeOf('{ me { id } }')).toBe(null);
      await careless.stop();

      const careful = await serve({ ...restored, JWT_SECRET: NEW_SECRET });
      expect(await nameOf(careful, ann)).toBe('Ann');
      expect(await bearing(careful, accessToken).codeOf('{ me { id } }')).toBe('INVALID_TOKEN');
      expect(await refreshed(careful, refreshToken)).toBe('REFRESH_REJECTED');
      await careful.stop();
    },
    180_000,
  );
});

/** One that `npm run migrate` has not seen either. */
async function emptyServerDatabase() {
  if (!serverUrl) throw new Error('There is no server: the test should have been skipped.');
  const server = serverUrl;
  const name = `latchkey_test_${randomUUID().slice(0, 8)}`;
  await createDatabase(server, name);
  afterFile(() => dropDatabase(server, name));
  return { DATABASE_URL: urlOf(server, name) };
}

function run(script: string, cwd: string, env: Record<string, string>) {
  execFileSync('sh', ['-ec', script], { cwd, env: { ...process.env, ...env } });
}
