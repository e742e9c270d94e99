import { deleteInBatches } from '../db/batches.ts';
import type { Db } from '../db/database.ts';
import type { Session, User } from '../db/generated/client.ts';
import type { ErrorCode } from '../errors.ts';
import type { AccessClaims } from '../tokens/access-token.ts';

/**
 * What this process knows of access tokens whose signature still holds although they must not be taken any more: the
 * sessions that ended, and the users whose rights changed, within one access-token lifetime. It is told at once of what
 * this process does, and reads what triggers note of everything; if it could not read for too long it objects to everybody.
 * `tokenTtl` is in milliseconds.
 */
export function createRevocations(tokenTtl: number): Revocations {
  const endedSessions = new Map<string, Date>();
  const changedRights = new Map<string, { version: number; at: Date }>();
  let readAt: Date | null = null;
  let databaseTime = new Date(0);
  let unread = 0n;
  let begun = 0;
  let latest = 0;

  const sessionEnded = (id: string, at: Date) => endedSessions.set(id, at);
  const rightsChanged = (id: string, version: number, at: Date) => {
    if (version > (changedRights.get(id)?.version ?? 0)) changedRights.set(id, { version, at });
  };

  return {
    sessionsEnded(sessions) {
      for (const { id } of sessions) sessionEnded(id, databaseTime);
    },
    rightsChanged(users) {
      for (const { id, rightsVersion } of users) rightsChanged(id, rightsVersion, databaseTime);
    },
    size: () => endedSessions.size + changedRights.size,

    objection(claims, now) {
      if (claims.expiresAt.getTime() <= now.getTime()) return 'TOKEN_EXPIRED';
      if (endedSessions.has(claims.sessionId)) return 'SESSION_ENDED';
      const rights = changedRights.get(claims.userId);
      if (rights && rights.version > claims.rightsVersion) return 'TOKEN_EXPIRED';
      // In either direction: a clock that was put back says nothing of how long ago the last read was.
      if (!readAt || Math.abs(now.getTime() - readAt.getTime()) > MAX_STALENESS) return 'SERVICE_UNAVAILABLE';
      return null;
    },

    async read(db, now) {
      const turn = ++begun;
      // No clock of ours: another's may differ, and what is committed late was noted long before.
      const [database] = await db.$queryRaw<[{ time: Date; running: bigint }]>`
        SELECT now() AS time, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS running`;
      const horizon = new Date(database.time.getTime() - tokenTtl - MARGIN);
      const from = turn % WHOLE === 1 ? 0n : unread;
      const notes = await db.$queryRaw<Note[]>`
        SELECT "subjectId" AS id, "rightsVersion" AS version, "notedAt" AS at FROM "Revocation"
        WHERE "transaction" >= ${from} AND "notedAt" > ${horizon}`;
      for (const { id, version, at } of notes) {
        if (version === null) sessionEnded(id, at);
        else rightsChanged(id, version, at);
      }
      for (const [id, at] of endedSessions) if (at < horizon) endedSessions.delete(id);
      for (const [id, { at }] of changedRights) if (at < horizon) changedRights.delete(id);
      // When it began: what was committed while it ran may be missing. One that began earlier and ends later says less.
      if (turn < latest) return;
      latest = turn;
      readAt = now;
      databaseTime = database.time;
      // Of the transactions before this one, each is over: what they noted has been read.
      unread = database.running;
    },
  };
}

/** Forgets what no access token can be alive for. Any number of replicas may do so at once. */
export function pruneRevocations(db: Db): Promise<void> {
  return deleteInBatches(
    (size) => db.$executeRaw`
      DELETE FROM "Revocation" WHERE id = ANY(ARRAY(
        SELECT id FROM "Revocation" WHERE "notedAt" < now() - interval '2 days' LIMIT ${size} FOR UPDATE SKIP LOCKED))`,
  );
}

/** Milliseconds beyond an access token's lifetime: more than clocks may differ and a transaction may take, together. */
const MARGIN = 600_000;
/** Of so many readings one takes everything: after a restore or a failover, transactions may be numbered in another way. */
const WHOLE = 60;
/** Milliseconds without a successful read after which nobody is believed. */
const MAX_STALENESS = 10_000;

/** Keeps what it is told until somebody says that it is committed. */
export function untilCommitted(told: RevocationsTold): RevocationsTold & { committed(): void } {
  const kept: (() => void)[] = [];
  return {
    sessionsEnded: (sessions) => void kept.push(() => told.sessionsEnded(sessions)),
    rightsChanged: (users) => void kept.push(() => told.rightsChanged(users)),
    committed: () => {
      for (const tell of kept) tell();
    },
  };
}

/** To be told of what is committed: what was told is refused here even if it was undone. */
export interface RevocationsTold {
  sessionsEnded(sessions: EndedSession[]): void;
  rightsChanged(users: ChangedUser[]): void;
}

export interface Revocations extends RevocationsTold {
  /** Why a token with these claims must not be taken at this moment; null if it may. */
  objection(
    claims: AccessClaims,
    now: Date,
  ): Extract<ErrorCode, 'TOKEN_EXPIRED' | 'SESSION_ENDED' | 'SERVICE_UNAVAILABLE'> | null;
  read(db: Db, now: Date): Promise<void>;
  /** How many ended sessions and changed users are known. */
  size(): number;
}

type EndedSession = Pick<Session, 'id'>;
type ChangedUser = Pick<User, 'id' | 'rightsVersion'>;

/** A row of "Revocation". */
interface Note {
  id: string;
  version: number | null;
  at: Date;
}
