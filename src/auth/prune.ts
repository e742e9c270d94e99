import type { AuthDeps } from './deps.ts';

/** Forgets sessions and counts of guesses that are long past their time. Any number of replicas may do so at once. */
export async function prune({ db, now }: Pick<AuthDeps, 'db' | 'now'>): Promise<void> {
  const past = new Date(now().getTime() - KEPT_FOR);
  // What another replica is deleting is skipped: nobody waits for anybody.
  await untilFew(
    () => db.$executeRaw`
      DELETE FROM "Session" WHERE id = ANY(ARRAY(
        SELECT id FROM "Session" WHERE "endedAt" < ${past} OR "idleExpiresAt" < ${past}
        LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
  );
  await untilFew(
    () => db.$executeRaw`
      DELETE FROM "RateLimit" WHERE key = ANY(ARRAY(
        SELECT key FROM "RateLimit" WHERE expire < ${now().getTime()} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
  );
}

/** However many rows have gathered, each statement stays short. */
async function untilFew(deleteBatch: () => Promise<number>) {
  while ((await deleteBatch()) === BATCH);
}

/** Milliseconds: an access token's lifetime would do for the revocations, but an address is known for a month. */
const KEPT_FOR = 30 * 86_400_000;
/** Rows. */
const BATCH = 5000;
