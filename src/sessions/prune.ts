import { deleteInBatches } from '../db/batches.ts';
import type { SessionDeps } from './sessions.ts';

/** Forgets sessions that are long past their time. Any number of replicas may do so at once. */
export function pruneSessions({ db, now }: Pick<SessionDeps, 'db' | 'now'>): Promise<void> {
  const past = new Date(now().getTime() - KEPT_FOR);
  const longPast = new Date(now().getTime() - ENDED_ELSEWHERE_KEPT_FOR);
  // What another replica is deleting is skipped: nobody waits for anybody.
  return deleteInBatches(
    (size) => db.$executeRaw`
      DELETE FROM "Session" WHERE id = ANY(ARRAY(
        SELECT id FROM "Session"
        WHERE ("endedAt" < ${past} OR "idleExpiresAt" < ${past})
          AND ("externalId" IS NULL OR "endedAt" IS NULL OR "endedAt" < ${longPast})
        LIMIT ${size} FOR UPDATE SKIP LOCKED))`,
  );
}

/** Milliseconds: an access token's lifetime would do for the revocations, but an address is known for a month. */
const KEPT_FOR = 30 * 86_400_000;
/** Whoever was signed out here must not be let in again because another issuer goes on with its own session. */
const ENDED_ELSEWHERE_KEPT_FOR = 400 * 86_400_000;
