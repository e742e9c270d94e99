import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { startApp } from '../kit/app.ts';
import { serverUrl, urlOf } from '../kit/postgres.ts';
import { proxyTo } from '../kit/proxy.ts';
import { startIssuer } from './issuer.ts';

if (!serverUrl)
  console.warn('SKIPPED: another issuer, and a database that is lost, need a PostgreSQL server: TEST_SERVER.');

describe.skipIf(!serverUrl)('a token of another issuer', { timeout: 60_000 }, async () => {
  const issuer = await startIssuer();
  const env = { TRUSTED_ISSUERS: JSON.stringify([issuer.trusted]) };
  const near = serverUrl ? await startApp({ preferServer: true, env }) : (null as never);
  const bearing = async (claims: object) => ({
    authorization: `Bearer ${await issuer.sign(claims, { now: near.now() })}`,
  });
  const ME = '{ me { id } }';

  test('is SERVICE_UNAVAILABLE while the database is away or hangs, and taken when it is back', async () => {
    const [{ name }] = await near.db.$queryRaw<[{ name: string }]>`SELECT current_database() AS name`;
    const proxy = await proxyTo(urlOf(serverUrl as string, name));
    const database = await openDatabase({ kind: 'server', url: proxy.url });
    const app = await startApp({ besides: { ...near, database: { ...near.database, db: database.db } }, env });
    onTestFinished(async () => {
      await app.stop();
      proxy.close();
      await database.close();
    });
    const token = await bearing({ sub: 'ann' });
    const codesOfMany = () => Promise.all(Array.from({ length: 20 }, () => app.codeOf(ME, {}, token)));
    proxy.away();
    expect(await codesOfMany()).toEqual(Array(20).fill('SERVICE_UNAVAILABLE'));
    proxy.mend();
    await app.advance(0);
    proxy.freeze();
    const from = performance.now();
    expect(await codesOfMany()).toEqual(Array(20).fill('SERVICE_UNAVAILABLE'));
    expect(performance.now() - from).toBeLessThan(10_000);
    proxy.mend();
    await expect.poll(() => app.codeOf(ME, {}, token), { timeout: 10_000 }).toBe(null);
  });

  test('takes one connection of the pool with all the others of its user', async () => {
    const { id } = (await near.ask(ME, {}, await bearing({ sub: 'bob' }))).data.me;
    const tokens = await Promise.all(Array.from({ length: 30 }, (_, n) => bearing({ sub: 'bob', jti: `${n}` })));
    await near.db.$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT id FROM "User" WHERE id = ${id}::uuid FOR UPDATE`;
        const waiting = tokens.map((token) => near.codeOf(ME, {}, token));
        const first = await Promise.race([...waiting, near.codeOf(ME, {}, await bearing({ sub: 'cat' }))]);
        expect(first, 'somebody else').toBe(null);
        // Nobody of those is refused before their time.
        waiting.forEach((code) => void code.catch(() => {}));
      },
      { timeout: 20_000 },
    );
    await expect.poll(() => near.codeOf(ME, {}, tokens[0]), { timeout: 10_000 }).toBe(null);
  });
});
