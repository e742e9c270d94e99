import { randomUUID } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { startApp } from '../kit/app.ts';
import { statementsOf } from '../kit/statements.ts';

// What the app does by itself, twice a second, is not what a request costs.
vi.useFakeTimers({ toFake: ['setInterval'] });
const { as, ask, db } = await startApp();
const ann = await as('ann');
const root = await as('root', 'ADMIN');
const users = Array.from({ length: 110 }, (_, n) => ({ email: `user${n}@example.com`, createdAt: new Date(n) }));
await db.user.createMany({ data: users });

const costOf = async (work: () => Promise<unknown>) => (await statementsOf(work)).length;

test.each([
  'mutation ($id: ID!) { setUserRole(userId: $id, role: ADMIN) { id } }',
  'mutation ($id: ID!) { revokeSession(id: $id) }',
  'query ($id: ID!) { user(id: $id) { email } }',
  '{ me { id } }',
  '{ viewer { id } }',
  '{ sessions { id } }',
  '{ users { totalCount } }',
])('somebody anonymous costs no query: %s', async (query) => {
  const id = randomUUID();
  expect(await costOf(() => ask(query, { id }))).toBe(0);
  expect(await costOf(() => ask(query, { id }, { authorization: 'Bearer nonsense' }))).toBe(0);
});

test.each([
  ['me', '{ me { id email viewerCan { setRole } } }', 1],
  ['sessions', '{ sessions { id current } }', 1],
  ['users', 'query ($size: Int!) { users(first: $size) { nodes { email } } }', 1],
  [
    'users with totalCount and search',
    'query ($size: Int!) { users(first: $size, search: "user") { nodes { email } totalCount } }',
    2,
  ],
  [
    'users with what may be done to them',
    'query ($size: Int!) { users(first: $size) { nodes { viewerCan { setRole } } edges { node { name } } } }',
    1,
  ],
])('%s cost the same for one row as for a hundred', async (_what, query, statements) => {
  for (const size of [1, 100]) {
    const variables = query.includes('$size') ? { size } : {};
    expect((await root.ask(query, variables)).errors).toBeUndefined();
    expect(await costOf(() => root.ask(query, variables))).toBe(statements);
  }
});

test('a stranger who is refused costs nothing either', async () => {
  expect(await costOf(() => ann.ask('query ($id: ID!) { user(id: $id) { email } }', { id: randomUUID() }))).toBe(0);
  expect(await costOf(() => ann.ask('{ users { totalCount } }'))).toBe(0);
});

test('what runs inside a transaction is counted too', async () => {
  const sent = await statementsOf(() => db.$transaction((tx) => tx.$queryRaw`SELECT 'inside'`));
  expect(sent).toContain("SELECT 'inside'");
});

test('an account is renamed in one query', async () => {
  expect(await costOf(() => ann.ask('mutation { updateMe(input: { name: "Ann" }) { name } }'))).toBe(1);
});
