import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { serverUrl, urlOf } from '../kit/postgres.ts';
import { ME, refreshed, signIn } from '../kit/requests.ts';
import { SOON } from '../kit/soon.ts';

if (!serverUrl) console.warn('SKIPPED: what plain SQL revokes: set TEST_SERVER to a PostgreSQL server.');

describe.skipIf(!serverUrl)('by somebody who only has SQL', async () => {
  const app = serverUrl ? await startApp({ preferServer: true }) : (null as never);
  let people = 0;

  async function signedIn() {
    people += 1;
    return app.as(`somebody${people}`);
  }

  async function sql() {
    const [{ name }] = await app.db.$queryRaw<[{ name: string }]>`SELECT current_database() AS name`;
    const connection = new pg.Client({ connectionString: urlOf(serverUrl as string, name) });
    await connection.connect();
    onTestFinished(() => connection.end());
    return connection;
  }

  const felt = (who: { codeOf(query: string): Promise<string | null> }) =>
    expect.poll(() => who.codeOf(ME), { timeout: SOON, interval: 20 });

  test.each([
    ['a user is deleted', 'DELETE FROM "User" WHERE id = $1', 'SESSION_ENDED'],
    ['a user is disabled', 'UPDATE "User" SET disabled = true WHERE id = $1', 'SESSION_ENDED'],
    ['a role is given', `UPDATE "User" SET role = 'ADMIN' WHERE id = $1`, 'TOKEN_EXPIRED'],
    ['a session ends', 'UPDATE "Session" SET "endedAt" = now() WHERE "userId" = $1', 'SESSION_ENDED'],
    ['a session ends long ago', `UPDATE "Session" SET "endedAt" = '2000-01-01' WHERE "userId" = $1`, 'SESSION_ENDED'],
    ['a session is deleted', 'DELETE FROM "Session" WHERE "userId" = $1', 'SESSION_ENDED'],
  ])('%s: a running server feels it within a second, and nobody else does', async (_what, statement, code) => {
    const [victim, other, connection] = [await signedIn(), await signedIn(), await sql()];
    expect(await victim.codeOf(ME)).toBeNull();
    await connection.query(statement, [victim.id]);
    await felt(victim).toBe(code);
    expect(await other.codeOf(ME)).toBeNull();
    const answer = await refreshed(app, victim.refreshToken);
    if (code === 'SESSION_ENDED') expect(answer).toBe('REFRESH_REJECTED');
    else expect(answer).toMatchObject({ user: { role: 'ADMIN' } });
  });

  test('a name or an email is changed, or a session is used: nothing is revoked', async () => {
    const [somebody, connection] = [await signedIn(), await sql()];
    await connection.query(`UPDATE "User" SET name = 'Another' WHERE id = $1`, [somebody.id]);
    await connection.query('UPDATE "User" SET role = role, disabled = disabled WHERE id = $1', [somebody.id]);
    await connection.query('UPDATE "Session" SET "lastUsedAt" = now() WHERE "userId" = $1', [somebody.id]);
    await app.advance(0);
    expect(await somebody.codeOf(ME)).toBeNull();
    expect(await app.db.revocation.count({ where: { subjectId: somebody.id } })).toBe(0);
  });

  test('whoever is disabled and enabled again has none of the sessions from before', async () => {
    const [somebody, connection] = [await signedIn(), await sql()];
    for (const disabled of [true, false]) {
      await connection.query('UPDATE "User" SET disabled = $2 WHERE id = $1', [somebody.id, disabled]);
    }
    await felt(somebody).toBe('SESSION_ENDED');
    expect(await refreshed(app, somebody.refreshToken)).toBe('REFRESH_REJECTED');
    expect(await (await signIn(app.url, app, somebody.email)).codeOf(ME)).toBeNull();
  });

  test('the session of a deleted account says no more whose it was', async () => {
    const [somebody, connection] = [await signedIn(), await sql()];
    const { id } = await app.db.session.findFirstOrThrow({ where: { userId: somebody.id } });
    await connection.query('DELETE FROM "User" WHERE id = $1', [somebody.id]);
    expect(await app.db.session.findUnique({ where: { id } })).toMatchObject({
      ...{ userId: null, userAgent: null, ipAddress: null },
      ...{ endedAt: expect.any(Date), endReason: 'DELETED' },
    });
  });

  test('a transaction that stays open for a minute, while others come and go, is felt once it is committed', async () => {
    const [victim, other, connection] = [await signedIn(), await signedIn(), await sql()];
    await connection.query('BEGIN');
    await connection.query('UPDATE "User" SET disabled = true WHERE id = $1', [victim.id]);
    // As if that had been a minute ago.
    await connection.query(
      `UPDATE "Revocation" SET "notedAt" = "notedAt" - interval '60 s'
      WHERE "subjectId" = $1 OR "rightsVersion" IS NULL`,
      [victim.id],
    );
    await other.ask('mutation { logout }');
    for (let reading = 0; reading < 3; reading++) await app.advance(0);
    expect(await victim.codeOf(ME)).toBeNull();
    await connection.query('COMMIT');
    await felt(victim).toBe('SESSION_ENDED');
  });

  test('one that is undone is not felt', async () => {
    const [somebody, connection] = [await signedIn(), await sql()];
    await connection.query('BEGIN');
    await connection.query('DELETE FROM "User" WHERE id = $1', [somebody.id]);
    await connection.query('ROLLBACK');
    await app.advance(0);
    expect(await somebody.codeOf(ME)).toBeNull();
  });

  test('what is numbered as if it were old, as after a failover to another server, is found by one reading of many', async () => {
    const [victim, connection] = [await signedIn(), await sql()];
    await app.advance(0);
    await connection.query('BEGIN');
    await connection.query('UPDATE "User" SET disabled = true WHERE id = $1', [victim.id]);
    await connection.query(`UPDATE "Revocation" SET "transaction" = 3 WHERE "notedAt" > now() - interval '1 s'`);
    await connection.query('COMMIT');
    for (let reading = 0; reading < 60; reading++) await app.advance(0);
    expect(await victim.codeOf(ME)).toBe('SESSION_ENDED');
  });
});
