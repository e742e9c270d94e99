import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { LOGIN, PASSWORD, startApp } from '../kit/app.ts';
import { hashOf } from '../kit/hashing.ts';
import { serverUrl, urlOf } from '../kit/postgres.ts';
import { signIn } from '../kit/requests.ts';

if (!serverUrl)
  console.warn('SKIPPED: signing in while the account changes: set TEST_DATABASE_URL to a PostgreSQL server.');

const app = await startApp({ preferServer: true });
const { as, ask, db, url } = app;
/** On a server they race; with embedded storage they take turns, and the same must hold. */
const ROUNDS = serverUrl ? 4 : 1;
const NEW = 'another battery staple';
const CHANGE = `mutation ($old: String!, $new: String!) {
  changePassword(input: { currentPassword: $old, newPassword: $new })
}`;

describe.skipIf(!serverUrl)('the password was right, and a moment later', () => {
  test.each([
    ['it is changed', `UPDATE "Password" SET hash = 'another' WHERE "userId" = $1`],
    ['the account is disabled', 'UPDATE "User" SET disabled = true WHERE id = $1'],
    ['the account is deleted', 'DELETE FROM "User" WHERE id = $1'],
  ])('%s: nobody gets in', async (change, statement) => {
    const { id, email } = await as(`${change.replaceAll(' ', '-')}`);
    const answer = await during(statement, [id], () => ask(LOGIN, { input: { email, password: PASSWORD } }));
    expect(answer).toMatchObject({ data: null, errors: [{ extensions: { code: 'INVALID_CREDENTIALS' } }] });
    expect(await db.session.count({ where: { user: { email } } })).toBe(change === 'the account is deleted' ? 0 : 1);
  });

  test('its hash is renewed by another login: this one gets in all the same', async () => {
    const { id, email } = await as('renewed');
    const renewed = await hashOf(PASSWORD);
    const statement = 'UPDATE "Password" SET hash = $2 WHERE "userId" = $1';
    const answer = await during(statement, [id, renewed], () => ask(LOGIN, { input: { email, password: PASSWORD } }));
    expect(answer.data.login.user.id).toBe(id);
  });

  test.each([
    ['deletes the account', 'mutation ($old: String!) { deleteMe(password: $old) }'],
    ['changes the password too', CHANGE],
  ])('it is changed: whoever %s does not', async (what, document) => {
    const owner = await as(what.replaceAll(' ', '-'));
    const statement = `UPDATE "Password" SET hash = 'another' WHERE "userId" = $1`;
    const answer = await during(statement, [owner.id], () => owner.ask(document, { old: PASSWORD, new: NEW }));
    expect(answer).toMatchObject({ data: null, errors: [{ extensions: { code: 'INVALID_CREDENTIALS' } }] });
    expect(await owner.codeOf('{ me { id } }')).toBeNull();
  });

  test('the session has ended: the password stays as it was', async () => {
    const owner = await as('ended');
    const statement = 'UPDATE "Session" SET "endedAt" = now() WHERE "userId" = $1';
    const answer = await during(statement, [owner.id], () => owner.ask(CHANGE, { old: PASSWORD, new: NEW }));
    expect(answer).toMatchObject({ data: null, errors: [{ extensions: { code: 'SESSION_ENDED' } }] });
    const codeFor = (password: string) => app.codeOf(LOGIN, { input: { email: owner.email, password } });
    expect([await codeFor(NEW), await codeFor(PASSWORD)]).toEqual(['INVALID_CREDENTIALS', null]);
  });

  /** Asks while the statement is done and not committed, and commits once the request waits for it. */
  async function during<T>(statement: string, values: string[], work: () => Promise<T>) {
    const [{ name }] = await db.$queryRaw<[{ name: string }]>`SELECT current_database() AS name`;
    const connection = new pg.Client({ connectionString: urlOf(serverUrl as string, name) });
    await connection.connect();
    await connection.query('BEGIN');
    await connection.query(statement, values);
    const asked = work();
    // Not over that connection: in a transaction, who waits stays as it was when it was first asked.
    const waiting = () => db.$queryRaw<unknown[]>`
      SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await expect.poll(async () => (await waiting()).length, { timeout: 10_000 }).toBe(1);
    await connection.query('COMMIT');
    await connection.end();
    return await asked;
  }
});

test('of two who change the password from the same one at once, one does', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const owner = await as(`twice${round}`);
    const device = await signIn(url, app, owner.email);
    const codes = await Promise.all([
      owner.codeOf(CHANGE, { old: PASSWORD, new: NEW }),
      device.codeOf(CHANGE, { old: PASSWORD, new: `${NEW}!` }),
    ]);
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(['INVALID_CREDENTIALS', 'SESSION_ENDED']).toContain(codes.find((code) => code !== null));
  }
}, 60_000);

test('ending many sessions many times at once ends each once', async () => {
  const owner = await as('many');
  const devices = [];
  for (let count = 0; count < 20; count++) devices.push(await signIn(url, app, owner.email));
  const answers = await Promise.all(devices.map((device) => device.ask('mutation { logoutAll }')));
  const counts = answers.map(({ data }) => data?.logoutAll ?? 0);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(21);
  expect(answers.flatMap(({ errors = [] }) => errors.map((error) => error.extensions.code))).not.toContain(
    'INTERNAL_SERVER_ERROR',
  );
}, 60_000);
