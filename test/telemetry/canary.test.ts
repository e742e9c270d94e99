import { expect, test } from 'vitest';
import { schema } from '../../src/schema.ts';
import { documentOf } from '../access/matrix-cells.ts';
import { newcomer } from '../access/people.ts';
import { PASSWORD, SECRET, startApp } from '../kit/app.ts';
import { expectDiscretion } from '../kit/canary.ts';

const app = await startApp();
const ROOTS = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
const OPERATIONS = ROOTS.flatMap((type) =>
  Object.values(type?.getFields() ?? {}).map((field) => [`${type?.name}.${field.name}`, field] as const),
);

// The kit asks the same of the log of every app in the suite, which is at level trace.
test.each(OPERATIONS)('no secret is in the log, whoever asks for it: %s', async (place, field) => {
  for (const who of ['anonymous', 'owner', 'admin']) {
    const owner = await newcomer(app);
    const asker = who === 'anonymous' ? app : who === 'owner' ? owner : await newcomer(app, 'ADMIN');
    const { query, variables } = await documentOf(place, field, owner, app);
    const before = app.logged.length;
    await asker.ask(query, variables, {
      accept: 'application/json',
      cookie: `__Host-refresh=${owner.tokens.refreshToken}`,
    });
    await expect.poll(() => app.logged.length).toBeGreaterThan(before);
  }
  const hashes = (await app.db.password.findMany()).map(({ hash }) => hash);
  expectDiscretion(app.logged, [PASSWORD, SECRET, ...hashes]);
});

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.c2lnbmVk';
test.each([
  ['a password', PASSWORD],
  ['a token', `Bearer ${JWT}`],
  ['a part of a token', JWT.split('.')[1]],
  ['a cookie', '__Host-refresh=x'],
  ['a hash', '$argon2id$v=19$m=19456'],
  ['the address of a database', 'postgres://ann@db.example.com/latchkey'],
])('a line that holds it is found: %s', (_name, text) => {
  expect(() => expectDiscretion([JSON.stringify({ detail: text })], [PASSWORD])).toThrow('secrets');
  expect(() => expectDiscretion([JSON.stringify({ detail: 'nothing' })], [PASSWORD])).not.toThrow();
});

test('a request that is told of twice is found', () => {
  const [line, event] = [{ requestId: '1' }, { requestId: '1', event: 'SIGNED_IN' }].map((one) => JSON.stringify(one));
  expect(() => expectDiscretion([line ?? '', event ?? '', event ?? ''], [])).not.toThrow();
  expect(() => expectDiscretion([line ?? '', line ?? ''], [])).toThrow('too many');
});
