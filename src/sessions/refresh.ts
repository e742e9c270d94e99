import type { Transaction } from '../db/database.ts';
import type { Session } from '../db/generated/client.ts';
import { AppError } from '../errors.ts';
import { after } from '../tokens/tokens.ts';
import { endSessions, type SessionDeps } from './sessions.ts';

/**
 * Exchanges a refresh token for the tokens of the next generation. Idempotent within the grace; a token of an older
 * generation ends the session, for we cannot tell the thief from the owner (RFC 9700 §4.14.2). Refuses with REFRESH_REJECTED.
 */
export async function refresh(deps: SessionDeps, refreshToken: string) {
  const now = deps.now();
  const ticket = await deps.tokens.verifyRefresh(refreshToken, now);
  if (!ticket) throw rejection('not a refresh token of ours, or past its time');

  const { sessionId: id, generation } = ticket;
  // The database decides: of any number of requests at once, one rotates.
  const rotated = await deps.db.$executeRaw`
    UPDATE "Session" SET generation = generation + 1, "lastUsedAt" = ${now},
      "idleExpiresAt" = LEAST("absoluteExpiresAt", ${after(now, deps.lifetimes.refreshToken)})
    WHERE id = ${id}::uuid AND generation = ${generation} AND "endedAt" IS NULL AND "idleExpiresAt" > ${now}`;

  const session = await deps.db.session.findFirst({
    where: { id, endedAt: null, idleExpiresAt: { gt: now }, user: { disabled: false } },
    include: { user: true },
  });
  if (!session?.user) throw rejection('the session has ended or expired');
  if (generation < session.refreshableFrom) throw rejection('from before the password was changed');
  const next = generation + 1;
  const isRetry = session.generation === next && now <= after(session.lastUsedAt, deps.lifetimes.refreshGrace);
  if (rotated === 1 || isRetry) return deps.tokens.issue({ ...session, generation: next }, session.user, now);

  if (generation >= session.generation) throw rejection('a generation that was never issued');
  const { user } = session;
  deps.tell('REFRESH_REUSED', { userId: user.id, sessionId: id });
  // A statement of its own, before the refusal: an error inside a transaction would undo it.
  await endSessions(deps, { id }, 'REUSE');
  throw rejection(`reuse: generation ${generation} of session ${id} of user ${user.id} after ${session.generation}`);
}

/**
 * The session in its next generation, for whoever has just proven their password. The refresh tokens before it, wherever a copy
 * may be, are of no use from now on; they end nothing, for they may be the owner's. Refuses with SESSION_ENDED.
 */
export async function takeBackTokens(tx: Transaction, id: string, now: Date): Promise<Session> {
  const [session] = await tx.$queryRaw<Session[]>`
    UPDATE "Session" SET generation = generation + 1, "refreshableFrom" = generation + 1
    WHERE id = ${id}::uuid AND "endedAt" IS NULL AND "idleExpiresAt" > ${now} RETURNING *`;
  if (!session) throw new AppError('SESSION_ENDED', 'the session ended while its user proved their password');
  return session;
}

const rejection = (detail: string) => new AppError('REFRESH_REJECTED', detail);
