import { expect, test } from 'vitest';
import { createHashing, HASHES_AT_ONCE, type Hashing } from '../../src/auth/hashing.ts';
import { createTurns } from '../../src/auth/turns.ts';
import type { AppError } from '../../src/errors.ts';

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

test('next is whoever has the fewest at work, then a login before a sign-up, then whoever came first', async () => {
  const { take, log, finishAll } = written(1);
  const first = take('busy');
  const rest = [take('busy'), take('new', true), take('other', true), take('new'), take('busy')];
  finishAll();
  await Promise.all([first, ...rest]);
  expect(log).toEqual(['busy', 'busy', 'new', 'busy', 'new signs up', 'other signs up']);
});

test('whoever has a turn waits until others had theirs', async () => {
  const { take, log, finish, finishAll } = written(2);
  const all = [take('busy'), take('busy'), take('busy'), take('busy'), take('calm')];
  await everythingElse();
  finish();
  await everythingElse();
  expect(log).toEqual(['busy', 'busy', 'calm']);
  finishAll();
  await Promise.all(all);
});

test('where too many wait, whoever has the most waiting loses the last, and whoever has none yet is let in', async () => {
  const { take, log, finishAll } = written(1);
  const all = Array.from({ length: 65 }, () => take('busy'));
  const calm = take('calm');
  expect(await all.at(-1)).toBe('SERVICE_UNAVAILABLE');
  expect(await take('busy')).toBe('SERVICE_UNAVAILABLE');
  finishAll();
  expect(await calm).toBeNull();
  expect((await Promise.all(all)).filter((code) => code !== null)).toHaveLength(1);
  expect(log[1]).toBe('busy');
  expect(log.filter((who) => who === 'calm')).toHaveLength(1);
});

test('of sign-ups, half as many wait, and they are shared out in the same way', async () => {
  const { take, log, finishAll } = written(1);
  const all = Array.from({ length: 33 }, () => take('busy', true));
  expect(await take('busy', true)).toBe('SERVICE_UNAVAILABLE');
  const others = [take('calm', true), take('busy')];
  expect(await all.at(-1)).toBe('SERVICE_UNAVAILABLE');
  finishAll();
  expect(await Promise.all(others)).toEqual([null, null]);
  expect(log.slice(0, 2)).toEqual(['busy signs up', 'busy']);
});

/** Turns of which it is written down whose they were; the work of each goes on until it is told to finish. */
function written(mostAtOnce: number) {
  const turns = createTurns(mostAtOnce);
  const log: string[] = [];
  const ends: (() => void)[] = [];
  let isOver = false;
  return {
    log,
    take: (whose: string, isSignup = false) =>
      turns
        .take({ whose, isSignup }, async () => {
          log.push(isSignup ? `${whose} signs up` : whose);
          if (!isOver) await new Promise<void>((end) => ends.push(end));
          return null;
        })
        .catch(({ code }: AppError) => code),
    finish: () => ends.shift()?.(),
    finishAll() {
      isOver = true;
      for (const end of ends) end();
    },
  };
}

function begin(hashing: Hashing): Work {
  let [finish, fail] = [() => {}, () => {}];
  const over = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = () => reject(new Error('failed'));
  });
  const work: Work = { hasBegun: false, finish, fail };
  hashing
    .inTurn({ whose: 'tests' }, () => {
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
