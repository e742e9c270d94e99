import { deleteInBatches } from '../db/batches.ts';
import type { Db, Transaction } from '../db/database.ts';
import {
  type Circumstances,
  EVENTS,
  type EventFacts,
  type EventKind,
  type KeptEvent,
  keptEvents,
  type Tell,
} from '../telemetry/events.ts';

/**
 * Notes that something happened, once for each of the facts, in the transaction in which it does: neither is there without the other
 * (ASVS 5.0, 16.3). The log is told as well, when that is committed. No secret may be among the facts.
 */
export async function note(deps: NotingDeps, event: KeptEvent, ...facts: EventFacts[]): Promise<void> {
  const { requestId, address, userAgent, by } = deps.circumstances;
  const kind: EventKind = EVENTS[event];
  await deps.db.securityEvent.createMany({
    data: facts.map(({ userId = null, sessionId = null, reason, role, disabled, command }) => ({
      event,
      outcome: kind.failed ? 'FAILED' : 'SUCCEEDED',
      userId,
      byId: (kind.bySelf ? userId : kind.failed ? null : by()) ?? null,
      occurredAt: deps.now(),
      address,
      userAgent: userAgent?.slice(0, 500) ?? null,
      requestId,
      sessionId,
      detail: reason ?? role ?? command ?? (disabled === undefined ? null : disabled ? 'DISABLED' : 'ENABLED'),
    })),
  });
  for (const one of facts) deps.tell(event, one);
}

/** Does the work in a transaction of its own; what is noted in it is told once that is committed. */
export async function transacting<Deps extends NotingDeps & { db: Db }, Done>(
  deps: Deps,
  work: (inside: Inside<Deps>) => Promise<Done>,
): Promise<Done> {
  const { tell, committed } = keptEvents(deps.tell);
  const done = await deps.db.$transaction((db) => work({ ...deps, db, tell }));
  committed();
  return done;
}

/** Forgets what happened before. Any number of replicas may do so at once. */
export function pruneTrail(db: Db, before: Date): Promise<void> {
  return deleteInBatches((size) =>
    db.$transaction(async (tx) => {
      // The table lets nobody delete who does not say this.
      await tx.$executeRaw`SELECT set_config('latchkey.pruning', 'on', true)`;
      return tx.$executeRaw`
        DELETE FROM "SecurityEvent" WHERE id = ANY(ARRAY(
          SELECT id FROM "SecurityEvent" WHERE "occurredAt" < ${before} LIMIT ${size} FOR UPDATE SKIP LOCKED))`;
    }),
  );
}

/** What a security event is noted with. */
export interface NotingDeps {
  db: Transaction;
  tell: Tell;
  circumstances: Circumstances;
  now(): Date;
}

export type Inside<Deps> = Omit<Deps, 'db'> & { db: Transaction };
