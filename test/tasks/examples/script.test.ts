import { expect, test } from 'vitest';
import { runnable } from '../../examples/bundled.ts';
import { PASSWORD, startApp } from '../../kit/app.ts';
import { startProcess } from '../../kit/process.ts';
import { seedTasks } from '../kit.ts';

const app = await startApp({ env: { ACCESS_TOKEN_TTL: '2s' } });
const ann = await app.as('ann');

test('the script prints all tasks, renews its token between pages, and leaves no session behind', async () => {
  await seedTasks(
    app.db,
    ann.id,
    Array.from({ length: 250 }, (_, n) => ({ title: `Task ${n}` })),
  );
  const { code, output } = await run({ LATCHKEY_EMAIL: ann.email, LATCHKEY_PASSWORD: PASSWORD });
  const titles = output
    .trim()
    .split('\n')
    .map((line) => line.slice(12));
  expect(code, output).toBe(0);
  expect(new Set(titles)).toEqual(new Set(Array.from({ length: 250 }, (_, n) => `Task ${n}`)));
  expect(titles).toHaveLength(250);
  const session = await app.db.session.findFirstOrThrow({ where: { userId: ann.id }, orderBy: { createdAt: 'desc' } });
  expect(session.generation).toBeGreaterThan(1);
  expect(session.endedAt).not.toBe(null);
});

test('with a wrong password it says so and fails', async () => {
  const { code, output } = await run({ LATCHKEY_EMAIL: ann.email, LATCHKEY_PASSWORD: 'wrong' });
  expect(code).not.toBe(0);
  expect(output).toContain('Email or password is wrong.');
});

async function run(env: Record<string, string>) {
  const script = await runnable('examples/script/list-tasks.ts');
  return startProcess(process.execPath, [script], { env: { LATCHKEY_URL: `${app.url}/graphql`, ...env } }).ended;
}
