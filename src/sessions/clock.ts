import type { Db } from '../db/database.ts';
import type { Log } from '../log.ts';

/**
 * Compares this machine's clock with the database's, and complains once when they begin to differ by more than the revocations bear:
 * replicas whose clocks disagree may miss each other's.
 */
export function createClockCheck(db: Db, now: () => Date, log: Log): () => Promise<void> {
  let agree = true;
  return async () => {
    const [row] = await db.$queryRaw<[{ now: Date }]>`SELECT now()`;
    const ahead = now().getTime() - row.now.getTime();
    const agreed = agree;
    agree = Math.abs(ahead) <= TOLERATED;
    if (agreed === agree) return;
    if (agree) log.info("the clock agrees with the database's again");
    else
      log.error(
        { milliseconds: ahead },
        "the clock is not the database's: synchronise both, or what ends elsewhere is missed",
      );
  };
}

/** Milliseconds. */
const TOLERATED = 5000;
