import { expect, test } from 'vitest';
import { createRevocations, pruneRevocations } from '../../src/sessions/revocations.ts';
import { startApp } from '../kit/app.ts';

test('what no token can be alive for is forgotten, by any number of replicas at once, and the rest is known', async () => {
  const { db, as, now } = await startApp();
  const known = async () => {
    const revocations = createRevocations(900_000);
    await revocations.read(db, now());
    return revocations.size();
  };
  await (await as('ann')).ask('mutation { logout }');
  await db.$executeRaw`UPDATE "Revocation" SET "notedAt" = now() - interval '3 days'`;
  await (await as('bob')).ask('mutation { logout }');
  expect(await db.$queryRaw`SELECT count(*)::int FROM "Revocation"`).toEqual([{ count: 2 }]);
  await Promise.all([pruneRevocations(db), pruneRevocations(db)]);
  expect(await db.$queryRaw`SELECT count(*)::int FROM "Revocation"`).toEqual([{ count: 1 }]);
  expect(await known()).toBe(1);
});
