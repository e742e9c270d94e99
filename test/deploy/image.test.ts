import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, SECRET, SIGNUP } from '../kit/app.ts';
import { emptyDirectory } from '../kit/directory.ts';
import { databaseOnServer, serverUrl } from '../kit/postgres.ts';
import { startProcess } from '../kit/process.ts';
import { listening } from '../kit/server-process.ts';
import { runsThorough } from '../kit/thorough.ts';
import { buildImage } from './dockerfile.ts';

const isRun = runsThorough('the steps of the Dockerfile') && serverUrl !== undefined;
if (!serverUrl) console.warn('SKIPPED: what the image starts needs a PostgreSQL server: TEST_SERVER.');

/** In a shell that may write no file of any size, anywhere: stricter than a root file system that cannot be written to. */
const WRITES_NOTHING = ['-c', 'ulimit -f 0; exec "$@"', 'sh'];

describe.runIf(isRun)('the image', () => {
  let image: Awaited<ReturnType<typeof buildImage>>;
  beforeAll(async () => {
    image = await buildImage(emptyDirectory());
  }, 600_000);

  test('holds no package that only development needs, no source, and nothing of the tests', () => {
    const lock = JSON.parse(readFileSync(join(image.root, 'app/node_modules/.package-lock.json'), 'utf8'));
    const packages = Object.entries<{ dev?: boolean; devOptional?: boolean }>(lock.packages);
    expect(packages.filter(([, { dev, devOptional }]) => dev || devOptional).map(([path]) => path)).toEqual([]);
    expect(packages.length).toBeGreaterThan(30);
    expect(readdirSync(join(image.root, 'app')).sort()).toEqual(['dist', 'node_modules', 'package.json', 'prisma']);
  });

  test('migrates, serves and hashes without writing any file, is healthy while it does, and stops by itself', async () => {
    const secrets = emptyDirectory();
    const database = await databaseOnServer();
    writeFileSync(join(secrets, 'database-url'), database.url);
    writeFileSync(join(secrets, 'jwt-secret'), SECRET);
    const env = {
      ...image.env,
      PORT: '0',
      HOST: '127.0.0.1',
      TRUST_PROXY: '1',
      DATABASE_URL_FILE: join(secrets, 'database-url'),
      JWT_SECRET_FILE: join(secrets, 'jwt-secret'),
    };
    const cwd = join(image.root, image.directory);
    const server = await listening(startProcess('sh', [...WRITES_NOTHING, ...image.command], { cwd, env }));
    const healthCheck = () => {
      const [command = '', ...args] = image.healthCheck;
      return startProcess(command, args, { env: { PORT: new URL(server.url).port } }).ended;
    };
    expect(await healthCheck()).toMatchObject({ code: 0 });

    const input = { email: 'ann@example.com', password: PASSWORD };
    const { data } = await server.ask(SIGNUP, { input }, { 'x-forwarded-proto': 'https' });
    expect(data.signup.user.email).toBe('ann@example.com');

    expect(await server.stop()).toMatchObject({ code: 0 });
    expect(await healthCheck()).toMatchObject({ code: 1 });
  }, 120_000);
});
