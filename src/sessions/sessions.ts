import type { Reach } from '../access/reach.ts';
import type { Db, Transaction } from '../db/database.ts';
import type { Prisma, Session, SessionEnd, User } from '../db/generated/client.ts';
import { after, type Lifetimes, type TokenPair, type Tokens } from '../tokens/tokens.ts';
import { type Inside, type NotingDeps, note, transacting } from '../trail/note.ts';
import { type Revocations, type RevocationsTold, untilCommitted } from './revocations.ts';

/**
 * Opens a session for a user whose password was proven, and issues its first tokens; where they have as many as they may, the one
 * longest unused ends. Null where the account or the password has changed since, so that it must be proven again. `also` is done in
 * the same transaction.
 */
export async function startSession<Deps extends SessionDeps>(
  deps: Deps,
  proof: Proof,
  origin: SignInOrigin,
  also: (inside: Inside<Deps>, user: User, session: Session) => Promise<unknown> = async () => {},
): Promise<TokenPair | null> {
  const now = deps.now();
  const opened = await transacting(deps, async (inside) => {
    const { db: tx } = inside;
    const user = await lockProven(tx, proof);
    if (!user) return null;
    const ended = await endLongestUnused(tx, user.id, now);
    const session = await tx.session.create({
      data: {
        userId: user.id,
        createdAt: now,
        authenticatedAt: now,
        lastUsedAt: now,
        idleExpiresAt: after(now, Math.min(deps.lifetimes.refreshToken, deps.lifetimes.session)),
        absoluteExpiresAt: after(now, deps.lifetimes.session),
        ipAddress: origin.address,
        userAgent: origin.userAgent?.slice(0, 500) ?? null,
      },
    });
    await also(inside, user, session);
    await noteEnded(inside, ended, 'TOO_MANY');
    return { session, user, ended };
  });
  if (!opened) return null;
  deps.revocations.sessionsEnded(opened.ended);
  return deps.tokens.issue(opened.session, opened.user, now);
}

/** Leaves room for one more session of a user, who is locked. */
export async function endLongestUnused(tx: Transaction, userId: string, now: Date): Promise<Ended[]> {
  const surplus = await tx.session.findMany({
    where: { userId, ...live(now) },
    orderBy: [{ lastUsedAt: 'desc' }, { id: 'desc' }],
    skip: MOST_SESSIONS - 1,
    select: { id: true },
  });
  const ids = surplus.map(({ id }) => id);
  return ids.length > 0 ? markEnded(tx, { id: { in: ids } }, 'TOO_MANY', now) : [];
}

/** The user, if they are enabled and still have the password that was proven; nobody else changes either until the transaction ends. */
export async function lockProven(tx: Transaction, { userId, hash }: Proof): Promise<User | null> {
  const [user] = await tx.$queryRaw<User[]>`
    SELECT "User".* FROM "User" JOIN "Password" ON "userId" = id
    WHERE id = ${userId}::uuid AND hash = ${hash} AND NOT disabled FOR NO KEY UPDATE`;
  return user ?? null;
}

/**
 * Ends the sessions that match, in a transaction of the caller's, and, when that is committed, at once for this process; how many of
 * them were alive.
 */
export async function endSessions(deps: RevokingDeps, where: Prisma.SessionWhereInput, reason: SessionEnd) {
  const now = deps.now();
  const ended = await markEnded(deps.db, where, reason, now);
  deps.revocations.sessionsEnded(ended);
  return noteEnded(deps, ended, reason);
}

/** Notes those sessions that were alive until they were ended, and counts them. */
export async function noteEnded(deps: NotingDeps, ended: Ended[], reason: SessionEnd): Promise<number> {
  const live = ended.filter(({ idleExpiresAt }) => idleExpiresAt > deps.now());
  const facts = live.map(({ id, userId }) => ({ userId, sessionId: id, reason }));
  if (facts.length > 0) await note(deps, 'SESSION_ENDED', ...facts);
  return live.length;
}

/** Ends the sessions that match, in a transaction of the caller's, who tells the revocations of them once it is committed. */
export const markEnded = (tx: Transaction, where: Prisma.SessionWhereInput, reason: SessionEnd, now: Date) =>
  tx.session.updateManyAndReturn({
    // Expired ones too: the clock of another process may be behind.
    where: { AND: [where, { endedAt: null }] },
    data: { endedAt: now, endReason: reason },
    select: ENDED,
  });

/** The sessions of a user that have not ended, to be told of by whoever lets a trigger end them. */
export const unendedSessions = (tx: Transaction, userId: string) =>
  tx.session.findMany({ where: { userId, endedAt: null }, select: ENDED });

const ENDED = { id: true, userId: true, idleExpiresAt: true } as const;

/** Ends the session of the request and that of the refresh token; what names no session is no error. */
export async function logout(deps: SessionDeps, sessionId: string | null, refreshToken: string | null) {
  const ticket = await deps.tokens.verifyRefresh(refreshToken ?? '', deps.now());
  const ids = [sessionId, ticket?.sessionId].filter((id) => id != null);
  if (ids.length === 0) return;
  const revocations = untilCommitted(deps.revocations);
  await transacting(deps, (inside) => endSessions({ ...inside, revocations }, { id: { in: ids } }, 'LOGOUT'));
  revocations.committed();
}

const live = (now: Date) => ({ endedAt: null, idleExpiresAt: { gt: now } });

/** Those of a user's live sessions that the viewer reaches, newest first. */
export const liveSessions = (deps: Pick<RevokingDeps, 'db' | 'now'>, reach: Reach<'Session'>, userId: string) =>
  deps.db.session.findMany({
    where: { userId, ...live(deps.now()), AND: reach.where },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });

/** Live ones of one user. A list of them needs no pages. */
export const MOST_SESSIONS = 50;

export type Ended = Awaited<ReturnType<typeof markEnded>>[number];

/** What takes rights away: in a transaction of a mutation, or on its own. */
export interface RevokingDeps extends NotingDeps {
  revocations: RevocationsTold;
  /** False where no mail server is configured, in production. */
  sendsMail: boolean;
}

/** What sessions work with. */
export interface SessionDeps extends RevokingDeps {
  db: Db;
  tokens: Tokens;
  revocations: Revocations;
  lifetimes: Lifetimes;
}

/** Where a sign-in comes from, for the list of sessions and the limits of guessing. */
export interface SignInOrigin {
  address: string | null;
  userAgent: string | null;
}

/** A user, and the hash of the password with which they have proven who they are. */
export interface Proof {
  userId: string;
  hash: string;
}
