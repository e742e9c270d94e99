import type { Transaction } from '../db/database.ts';
import { Prisma, type Session, type User } from '../db/generated/client.ts';
import { allColumnsOf, columnsOf, joinedColumnsOf, nest, rows } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import { notify } from '../mail/outbox.ts';
import type { RefreshTicket } from '../tokens/refresh-token.ts';
import { after } from '../tokens/tokens.ts';
import { note, transacting } from '../trail/note.ts';
import { markEnded, noteEnded, type SessionDeps } from './sessions.ts';

/**
 * Exchanges a refresh token for the tokens of the next generation. Idempotent within the grace; a token of an older
 * generation ends the session, for we cannot tell the thief from the owner (RFC 9700 §4.14.2). Refuses with REFRESH_REJECTED.
 */
export async function refresh(deps: SessionDeps, refreshToken: string) {
  const now = deps.now();
  const ticket = await deps.tokens.verifyRefresh(refreshToken, now);
  if (!ticket) throw rejection('not a refresh token of ours, or past its time');

  const rotated = await rotate(deps, ticket, now);
  if (rotated) return deps.tokens.issue(rotated, rotated.user, now);

  const { sessionId: id, generation } = ticket;
  const session = await deps.db.session.findFirst({
    where: { id, endedAt: null, idleExpiresAt: { gt: now }, user: { disabled: false } },
    include: { user: true },
  });
  if (!session?.user) throw rejection('the session has ended or expired');
  if (generation < session.refreshableFrom) throw rejection('from before the password was changed');
  const isRetry =
    session.generation === generation + 1 && now <= after(session.lastUsedAt, deps.lifetimes.refreshGrace);
  if (isRetry) return deps.tokens.issue(session, session.user, now);

  if (generation >= session.generation) throw rejection('a generation that was never issued');
  const { user } = session;
  // Committed before the refusal, which would undo it.
  const ended = await transacting(deps, async (inside) => {
    const ended = await markEnded(inside.db, { id }, 'REUSE', now);
    // Of any number of replays at once, one ends the session, and tells of it.
    if (ended.length === 0) return ended;
    await note(inside, 'REFRESH_REUSED', { userId: user.id, sessionId: id });
    await noteEnded(inside, ended, 'REUSE');
    await notify(inside, user.email, 'REFRESH_REUSED');
    return ended;
  });
  deps.revocations.sessionsEnded(ended);
  throw rejection(`reuse: generation ${generation} of session ${id} of user ${user.id} after ${session.generation}`);
}

/**
 * The session in its next generation, with its user; null where the ticket is not of its current one, or it may not be refreshed.
 * The database decides: of any number of requests at once, one rotates.
 */
async function rotate({ db, lifetimes }: SessionDeps, { sessionId, generation }: RefreshTicket, now: Date) {
  const [session] = await rows<Session & { user: User }>(
    db,
    Prisma.sql`
    UPDATE "Session" session SET generation = generation + 1, "lastUsedAt" = ${now},
      "idleExpiresAt" = LEAST("absoluteExpiresAt", ${after(now, lifetimes.refreshToken)})
    FROM "User" "user" WHERE "user".id = "userId" AND NOT disabled AND session.id = ${sessionId}::uuid
      AND generation = ${generation} AND "endedAt" IS NULL AND "idleExpiresAt" > ${now}
    RETURNING ${columnsOf('session', allColumnsOf('Session'))}, ${joinedColumnsOf('user', USER_COLUMNS)}`,
  );
  if (session) nest([session], 'user', USER_COLUMNS);
  return session ?? null;
}

const USER_COLUMNS = allColumnsOf('User');

/**
 * The session in its next generation, for whoever has just proven their password. The refresh tokens before it, wherever a copy
 * may be, are of no use from now on; they end nothing, for they may be the owner's. Refuses with SESSION_ENDED.
 */
export async function takeBackTokens(tx: Transaction, id: string, now: Date): Promise<Session> {
  const [session] = await tx.$queryRaw<Session[]>`
    UPDATE "Session" SET generation = generation + 1, "refreshableFrom" = generation + 1, "authenticatedAt" = ${now}
    WHERE id = ${id}::uuid AND "endedAt" IS NULL AND "idleExpiresAt" > ${now} RETURNING *`;
  return stillThere(session);
}

/** The session of whoever has just proven who they are, which is now recent (RECENT). Refuses with SESSION_ENDED. */
export async function noteAuthentication(tx: Transaction, id: string, now: Date): Promise<Session> {
  const [session] = await tx.session.updateManyAndReturn({
    where: { id, endedAt: null, idleExpiresAt: { gt: now } },
    data: { authenticatedAt: now },
  });
  return stillThere(session);
}

function stillThere(session: Session | undefined) {
  if (!session) throw new AppError('SESSION_ENDED', 'the session ended while its user proved their password');
  return session;
}

const rejection = (detail: string) => new AppError('REFRESH_REJECTED', detail);
