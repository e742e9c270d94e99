import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHashing, type Hashing } from '../../src/auth/hashing.ts';

let time: number;
beforeEach(() => {
  time = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => time);
});
afterEach(() => void vi.restoreAllMocks());

test.each([
  ['is done', (work: Work) => work.finish()],
  ['has failed', (work: Work) => work.fail()],
])(
  'after a turn whose work %s and that others wait for, the next begins when a rest as long as it is over',
  async (_how, end) => {
    let isOver = () => {};
    const rest = vi.fn(
      (_milliseconds: number) =>
        new Promise<void>((resolve) => {
          isOver = resolve;
        }),
    );
    const { first, next } = await untilOneWaits(createHashing({ rest }));
    time = 40;
    end(first);
    await first.answered;
    await everythingElse();
    expect(rest.mock.calls).toEqual([[40]]);
    expect(next.hasBegun).toBe(false);

    isOver();
    await everythingElse();
    expect(next.hasBegun).toBe(true);
    time = 55;
    next.finish();
    await next.answered;
    await everythingElse();
    expect(rest, 'nobody waits any more').toHaveBeenCalledTimes(1);
  },
);

test('after a turn that nobody waits for, there is no rest', async () => {
  const rest = vi.fn(async () => {});
  const hashing = createHashing({ rest });
  for (let n = 0; n < 3; n++) {
    await hashing.inTurn(async () => {
      time += 40;
    });
  }
  expect(rest).not.toHaveBeenCalled();
});

/** Takes all turns there are, which depends on the machine, and then one more. */
async function untilOneWaits(hashing: Hashing) {
  const first = begin(hashing);
  for (;;) {
    const next = begin(hashing);
    await everythingElse();
    if (!next.hasBegun) return { first, next };
  }
}

function begin(hashing: Hashing): Work {
  let [finish, fail] = [() => {}, () => {}];
  const over = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = () => reject(new Error('failed'));
  });
  const work: Work = { hasBegun: false, finish, fail, answered: Promise.resolve() };
  work.answered = hashing
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
  /** When whoever asked for the turn is answered; that waits for no rest. */
  answered: Promise<void>;
}
