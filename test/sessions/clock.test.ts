import { expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';

test("a clock that is not the database's is complained of once, and so is its return", async () => {
  const app = await startApp();
  const complaints = () => app.logged.filter((line) => line.includes("the clock is not the database's"));
  await app.advance(3000);
  expect(complaints()).toEqual([]);
  await app.advance(4000);
  await app.advance(0);
  expect(complaints()).toHaveLength(1);
  expect(JSON.parse(complaints()[0] ?? '')).toMatchObject({ level: 50, milliseconds: expect.any(Number) });
  await app.advance(-7000);
  await app.advance(0);
  expect(app.logged.filter((line) => line.includes("agrees with the database's again"))).toHaveLength(1);
});
