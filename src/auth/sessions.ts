import type { Viewer } from '../access/rules.ts';
import type { Transaction } from '../db/client.ts';
import type { Prisma, Session, SessionEnd, User } from '../db/generated/client.ts';
import { signAccessToken } from './access-token.ts';
import type { AuthDeps, Client } from './deps.ts';
import { signRefreshToken } from './refresh-token.ts';

/**
 * Opens a session for a user whose password was proven, and issues its first tokens; null where the account or the password
 * has changed since, so that it must be proven again.
 */
export async function startSession(deps: AuthDeps, proof: Proof, client: Client): Promise<Tokens | null> {
  const now = deps.now();
  const opened = await deps.db.$transaction(async (tx) => {
    const user = await lockProven(tx, proof);
    if (!user) return null;
    const session = await tx.session.create({
      data: {
        userId: user.id,
        createdAt: now,
        lastUsedAt: now,
        idleExpiresAt: after(now, Math.min(deps.lifetimes.refreshToken, deps.lifetimes.session)),
        absoluteExpiresAt: after(now, deps.lifetimes.session),
        ipAddress: client.address,
        userAgent: client.userAgent?.slice(0, 500) ?? null,
      },
    });
    return { session, user };
  });
  return opened && issueTokens(deps, opened.session, opened.user, now);
}

/** The user, if they are enabled and still have the password that was proven; nobody else changes either until the transaction ends. */
export async function lockProven(tx: Transaction, { userId, hash }: Proof): Promise<User | null> {
  const [user] = await tx.$queryRaw<User[]>`
    SELECT "User".* FROM "User" JOIN "Password" ON "userId" = id
    WHERE id = ${userId}::uuid AND hash = ${hash} AND NOT disabled FOR NO KEY UPDATE`;
  return user ?? null;
}

/** Ends the sessions that match, durably and then at once for this process; how many of them were alive. */
export async function endSessions(deps: AuthDeps, where: Prisma.SessionWhereInput, reason: SessionEnd) {
  const now = deps.now();
  const ended = await markEnded(deps.db, where, reason, now);
  deps.revocations.sessionsEnded(ended);
  return ended.filter(({ idleExpiresAt }) => idleExpiresAt > now).length;
}

/** Ends the sessions that match, in a transaction of the caller's, who tells the revocations of them once it is committed. */
export const markEnded = (tx: Transaction, where: Prisma.SessionWhereInput, reason: SessionEnd, now: Date) =>
  tx.session.updateManyAndReturn({
    // Expired ones too: the clock of another process may be behind.
    where: { AND: [where, { endedAt: null }] },
    data: { endedAt: now, endReason: reason },
    select: { id: true, endedAt: true, idleExpiresAt: true },
  });

/** A user's live sessions, newest first. */
export const liveSessions = (deps: AuthDeps, userId: string) =>
  deps.db.session.findMany({
    where: { userId, endedAt: null, idleExpiresAt: { gt: deps.now() } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });

/**
 * The tokens of the session's current generation, and the viewer for whom they speak. `now` is from before the session and the
 * user were read: whatever changes after that is younger than the tokens, and ends them.
 */
export async function issueTokens(deps: AuthDeps, session: Session, user: User, now: Date): Promise<Tokens> {
  const tokenExpiresAt = earlier(after(now, deps.lifetimes.accessToken), session.idleExpiresAt);
  const viewer: Viewer = {
    id: user.id,
    role: user.role,
    rightsVersion: user.rightsVersion,
    sessionId: session.id,
    tokenExpiresAt,
  };
  const ticket = { sessionId: session.id, generation: session.generation };
  const [accessToken, refreshToken] = await Promise.all([
    signAccessToken(viewer, user, deps.keys, now),
    signRefreshToken(ticket, deps.keys, session.idleExpiresAt, now),
  ]);
  return { accessToken, refreshToken, refreshExpiresAt: session.idleExpiresAt, viewer, user };
}

export const after = (date: Date, milliseconds: number) => new Date(date.getTime() + milliseconds);
const earlier = (a: Date, b: Date) => (a < b ? a : b);

/** A user, and the hash of the password with which they have proven who they are. */
export interface Proof {
  userId: string;
  hash: string;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  refreshExpiresAt: Date;
  viewer: Viewer;
  user: User;
}
