import type { Db } from '../db/database.ts';
import type { Log } from '../log.ts';

/**
 * Compares this machine's clock with the database's: by how many milliseconds it is ahead, or 0 where they agree as far as can be
 * seen. Says in the log when they begin to differ, and when they agree again. Rejects where the database does not answer.
 */
export function createClockCheck(db: Db, now: () => Date, log: Log): () => Promise<number> {
  let agreed = true;
  return async () => {
    const before = now().getTime();
    const [row] = await db.$queryRaw<[{ now: Date }]>`SELECT now()`;
    const ahead = distance(before, row.now.getTime(), now().getTime());
    const agree = Math.abs(ahead) <= TOLERATED;
    if (!agree && agreed) log.error({ milliseconds: ahead }, "the clock is not the database's: synchronise both");
    if (agree && !agreed) log.info("the clock agrees with the database's again");
    agreed = agree;
    return agree ? 0 : ahead;
  };
}

/** How far the other clock's moment is from the time in which it was: a slow answer is no wrong clock. */
function distance(before: number, moment: number, after: number) {
  if (moment < before) return before - moment;
  return Math.min(after - moment, 0);
}

/** Milliseconds. */
const TOLERATED = 5000;
