import { expect, test } from 'vitest';
import { openDatabase } from '../src/db/database.ts';
import { createLog } from '../src/log.ts';
import { startApp } from './kit/app.ts';

const { db } = await startApp();
const failureOf = (work: PromiseLike<unknown>) =>
  work.then(
    () => expect.fail('It should have failed.'),
    (error: unknown) => error,
  );

function logged(fields: object, message = 'failed') {
  const lines: string[] = [];
  createLog('trace', { write: (line) => void lines.push(line) }).error(fields, message);
  return lines.join('');
}

test('a failure of ours is told whole: what it is, what it says and where it came from', () => {
  const error = new TypeError('kaboom', { cause: new Error('because') });
  expect(JSON.parse(logged({ err: error })).err).toMatchObject({
    type: 'TypeError',
    message: 'kaboom',
    stack: expect.stringContaining('log.test.ts'),
    cause: { message: 'because' },
  });
});

test.each([
  ['a query with a wrong value', () => db.$queryRaw`SELECT ${'hunter2'}::int`],
  [
    'a row that is there already',
    async () => {
      const user = { email: 'hunter2@example.com', createdAt: new Date() };
      await db.user.create({ data: user });
      await db.user.create({ data: user });
    },
  ],
  ['a query that is none', () => db.user.findMany({ where: { email: JSON.parse('{"hunter2":"hunter2"}') } })],
  ['JSON that is none', async () => JSON.parse('hunter2')],
] as const)('a failure that repeats what was sent is told without its message: %s', async (_name, work) => {
  const line = logged({ err: await failureOf(work()) });
  expect(line).not.toContain('hunter2');
  expect(JSON.parse(line).err).toMatchObject({ type: expect.any(String), stack: expect.stringContaining('at ') });
});

test('where the database is stays out of the log', async () => {
  const away = await openDatabase({ kind: 'server', url: 'postgres://ann:hunter2@127.0.0.1:1/secrets' });
  const line = logged({ err: await failureOf(away.db.$queryRaw`SELECT 1`) });
  await away.close();
  expect(line).not.toMatch(/hunter2|127\.0\.0\.1|secrets"|ann:/);
});

test('what was thrown and is no error is not told at all', () => {
  expect(JSON.parse(logged({ err: { password: 'hunter2' } })).err).toEqual({ type: 'object' });
});

test('input cannot forge a line', () => {
  const line = logged({ userAgent: 'x"}\n{"level":60,"msg":"forged"}' }, 'one\ntwo');
  expect(line.trimEnd().split('\n')).toHaveLength(1);
});
