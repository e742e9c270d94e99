import { expect, test } from 'vitest';
import { createHashing, HASHES_AT_ONCE, type Hashing } from '../../src/auth/hashing.ts';

const TURNS = HASHES_AT_ONCE + 2;

test.each([
  ['is done', (work: Work) => work.finish()],
  ['has failed', (work: Work) => work.fail()],
])('two more than can hash at once have a turn, and the next when the work of one %s', async (_how, end) => {
  const hashing = createHashing();
  const works = Array.from({ length: TURNS + 2 }, () => begin(hashing));
  await everythingElse();
  expect(works.map(({ hasBegun }) => hasBegun)).toEqual([...Array(TURNS).fill(true), false, false]);

  end(works[0] as Work);
  await everythingElse();
  expect(works.map(({ hasBegun }) => hasBegun)).toEqual([...Array(TURNS + 1).fill(true), false]);
});

function begin(hashing: Hashing): Work {
  let [finish, fail] = [() => {}, () => {}];
  const over = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = () => reject(new Error('failed'));
  });
  const work: Work = { hasBegun: false, finish, fail };
  hashing
    .inTurn(() => {
      work.hasBegun = true;
      return over;
    })
    .catch(() => {});
  return work;
}

const everythingElse = () => new Promise((later) => setImmediate(later));

interface Work {
  hasBegun: boolean;
  finish(): void;
  fail(): void;
}
