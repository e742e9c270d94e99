import { expect, test } from 'vitest';
import { PEOPLE, seed } from '../../src/seed.ts';
import { startApp } from '../kit/app.ts';

const { db, now } = await startApp();

test('everybody who is seeded has so many tasks, of each kind', async () => {
  await seed(db, 'a password of examples', now());
  for (const { email, amount } of PEOPLE) {
    const tasks = await db.task.findMany({ where: { owner: { email } } });
    expect(tasks).toHaveLength(amount);
    if (amount < 100) continue;
    expect(new Set(tasks.map(({ status }) => status)).size).toBe(3);
    for (const field of ['dueAt', 'description'] as const) {
      expect(new Set(tasks.map((task) => task[field] === null)).size).toBe(2);
    }
  }
});
