import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { built } from '../kit/built.ts';
import { dataDirectory, emptyDirectory } from '../kit/directory.ts';
import { databaseOnServer, serverUrl } from '../kit/postgres.ts';
import { startScript } from '../kit/process.ts';

if (!serverUrl)
  console.warn(
    'SKIPPED: the settings of connections to a PostgreSQL server, for neither TEST_SERVER nor TEST_DATABASE_URL names one.',
  );

test('embedded storage survives a start that was cut short, and is nobody else’s to read', async () => {
  const dataDir = join(emptyDirectory(), 'data');
  mkdirSync(join(dataDir, 'db.new'), { recursive: true });
  writeFileSync(join(dataDir, 'db.new/PG_VERSION'), 'half');
  const database = await openDatabase({ kind: 'embedded', dataDir });
  await database.close();
  await database.close();
  expect(existsSync(join(dataDir, 'db.new'))).toBe(false);
  expect(statSync(join(dataDir, 'db')).mode & 0o777).toBe(0o700);
}, 30_000);

test('a write that was acknowledged survives kill -9 of the process', async () => {
  const dataDir = dataDirectory();
  const writer = writing(dataDir);
  let acknowledged = 0;
  while (acknowledged < 200) acknowledged = Number(await writer.says(/^\d+$/));
  await expect(openDatabase({ kind: 'embedded', dataDir })).rejects.toThrow(`in use by process ${writer.child.pid} on`);
  const { output } = await writer.stop('SIGKILL');
  acknowledged = Math.max(...(output.match(/^\d+$/gm) ?? []).map(Number));

  const { db, close } = await openDatabase({ kind: 'embedded', dataDir });
  const found = await db.user.count();
  await close();
  expect(found).toBeGreaterThanOrEqual(acknowledged);
}, 30_000);

test.skipIf(!serverUrl)(
  'a server’s connections are in UTC and never wait for ever, whatever the URL says',
  async () => {
    const database = await databaseOnServer();
    const { db, close } = await openDatabase({
      kind: 'server',
      url: `${database.url}?options=-c%20timezone%3DAsia/Tokyo`,
    });
    const [settings] = await db.$queryRaw<[Record<string, string>]>`SELECT current_setting('timezone') zone,
    current_setting('statement_timeout') statement, current_setting('idle_in_transaction_session_timeout') idle`;
    expect(settings).toEqual({ zone: 'UTC', statement: '5s', idle: '10s' });
    await close();
    await database.close();
  },
);

const writing = (place: string) =>
  startScript(`import { openDatabase } from ${JSON.stringify(built('db/database.js'))};
    const { db } = await openDatabase({ kind: 'embedded', dataDir: ${JSON.stringify(place)} });
    for (let n = 1; ; n++) {
      await db.user.create({ data: { email: n + '@example.com', createdAt: new Date() } });
      console.log(n);
    }`);
