import type { Db } from '../db/database.ts';
import type { Session, User } from '../db/generated/client.ts';
import type { ErrorCode } from '../errors.ts';
import type { AccessClaims } from '../tokens/access-token.ts';

/**
 * What this process knows of access tokens whose signature still holds although they must not be taken any more: the
 * sessions that ended, and the users whose rights changed, within one access-token lifetime. It is told at once of what
 * this process does, and reads what others did; if it could not read for too long it objects to everybody.
 * `tokenTtl` is in milliseconds.
 */
export function createRevocations(tokenTtl: number): Revocations {
  const endedSessions = new Map<string, Date>();
  const changedRights = new Map<string, { version: number; at: Date }>();
  let readAt: Date | null = null;
  let begun = 0;
  let latest = 0;

  const sessionsEnded = (sessions: EndedSession[]) => {
    for (const { id, endedAt } of sessions) if (endedAt) endedSessions.set(id, endedAt);
  };
  const rightsChanged = (users: ChangedUser[]) => {
    for (const { id, rightsVersion: version, rightsChangedAt: at } of users) {
      if (at && version > (changedRights.get(id)?.version ?? 0)) changedRights.set(id, { version, at });
    }
  };

  return {
    sessionsEnded,
    rightsChanged,
    size: () => endedSessions.size + changedRights.size,

    objection(claims, now) {
      if (claims.expiresAt <= now) return 'TOKEN_EXPIRED';
      if (endedSessions.has(claims.sessionId)) return 'SESSION_ENDED';
      const rights = changedRights.get(claims.userId);
      if (rights && rights.version > claims.rightsVersion) return 'TOKEN_EXPIRED';
      // In either direction: a clock that was put back says nothing of how long ago the last read was.
      if (!readAt || Math.abs(now.getTime() - readAt.getTime()) > MAX_STALENESS) return 'SERVICE_UNAVAILABLE';
      return null;
    },

    async read(db, now) {
      const turn = ++begun;
      const horizon = now.getTime() - tokenTtl - OVERLAP;
      // After a clock was put back, what had seemed out of date may count again.
      const last = readAt && readAt <= now ? readAt.getTime() - OVERLAP : horizon;
      const since = { gt: new Date(Math.max(last, horizon)) };
      const [sessions, users] = await Promise.all([
        db.session.findMany({ where: { endedAt: since }, select: { id: true, endedAt: true } }),
        db.user.findMany({
          where: { rightsChangedAt: since },
          select: { id: true, rightsVersion: true, rightsChangedAt: true },
        }),
      ]);
      sessionsEnded(sessions);
      rightsChanged(users);
      for (const [id, at] of endedSessions) if (at.getTime() < horizon) endedSessions.delete(id);
      for (const [id, { at }] of changedRights) if (at.getTime() < horizon) changedRights.delete(id);
      // When it began: what was committed while it ran may be missing. One that began earlier and ends later says less.
      if (turn < latest) return;
      latest = turn;
      readAt = now;
    },
  };
}

/**
 * Milliseconds that each read looks back before the last one began: more than the clocks of two replicas may differ, the wait for
 * a connection and the time that a transaction may take, all together.
 */
const OVERLAP = 30_000;
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

type EndedSession = Pick<Session, 'id' | 'endedAt'>;
type ChangedUser = Pick<User, 'id' | 'rightsVersion' | 'rightsChangedAt'>;
