import { randomUUID } from 'node:crypto';
import { noteSignIn } from '../auth/sign-in.ts';
import type { TrustedIssuer } from '../config/trusted-issuers.ts';
import type { Transaction } from '../db/database.ts';
import type { ExternalIdentity, Role, Session, User } from '../db/generated/client.ts';
import { notify } from '../mail/outbox.ts';
import { type Ended, endLongestUnused, noteEnded, type SessionDeps } from '../sessions/sessions.ts';
import type { AccessClaims } from '../tokens/access-token.ts';
import { type Inside, note, transacting } from '../trail/note.ts';
import { normaliseEmail } from '../users/email.ts';
import { isLastAdmin } from '../users/rights.ts';
import { isUniqueConflict, nameFrom } from '../users/users.ts';
import type { ExternalClaims } from './verifying.ts';

/**
 * The local account of whom an issuer names, opened at first sight, and a session of it for their sign-in there: so role, ban and
 * "sign out everywhere" hold for them as for everybody. Never an account that is there already, whatever its email.
 */
export async function accountOf(deps: SessionDeps, trusted: TrustedIssuer, claims: ExternalClaims): Promise<Account> {
  const work = () =>
    transacting(deps, async (inside) => {
      const identity = await lockIdentity(inside.db, trusted, claims);
      const user = identity ? await followRole(inside, identity, claims) : await openAccount(inside, trusted, claims);
      const { session = null, ended = [] } = user.disabled ? {} : await sessionFor(inside, user, trusted, claims);
      return { user, session, ended };
    });
  // Of any number of first requests at once, one opens the account, and the others find it.
  const done = await work().catch((error) => (isUniqueConflict(error) ? work() : Promise.reject(error)));
  deps.revocations.rightsChanged([done.user]);
  deps.revocations.sessionsEnded(done.ended);
  return done.session ? claimsOf(done.user, done.session, claims) : 'SESSION_ENDED';
}

/** Whom the token names, whom nobody else changes until the transaction ends; null for who was never here. */
async function lockIdentity(
  tx: Transaction,
  trusted: TrustedIssuer,
  claims: ExternalClaims,
): Promise<KnownIdentity | null> {
  const where = { issuer_subject: { issuer: trusted.issuer, subject: claims.sub } };
  const known = await tx.externalIdentity.findUnique({ where });
  if (!known) return null;
  const role = roleIn(trusted, claims);
  const losesRole = role === 'USER' && known.roleSeen === 'ADMIN';
  // Before the user is locked: whoever locks several users does it in one order.
  const isNeeded = losesRole && (await isLastAdmin(tx, known.userId));
  const [user] = await tx.$queryRaw<User[]>`
    SELECT * FROM "User" WHERE id = ${known.userId}::uuid FOR NO KEY UPDATE`;
  // Once more: another token of theirs may have been followed meanwhile.
  const identity = await tx.externalIdentity.findUnique({ where });
  return user && identity ? { ...identity, user, role, mayLoseRole: losesRole && !isNeeded } : null;
}

async function openAccount(inside: Inside<SessionDeps>, trusted: TrustedIssuer, claims: ExternalClaims): Promise<User> {
  const { db: tx } = inside;
  const now = inside.now();
  const role = roleIn(trusted, claims) ?? 'USER';
  const email = await verifiedEmail(tx, claims);
  const user = await tx.user.create({
    data: {
      // Who has shown no mailbox has an address that leads nowhere (RFC 2606 §2): none but the issuer's word would hold it.
      email: email ?? `${randomUUID()}@users.invalid`,
      emailVerifiedAt: email ? now : null,
      name: nameFrom(claims['name']),
      role,
      createdAt: now,
    },
  });
  const identity = { issuer: trusted.issuer, subject: claims.sub, userId: user.id };
  await tx.externalIdentity.create({ data: { ...identity, roleSeen: role, seenAt: dateOf(claims.iat) } });
  await note(inside, 'SIGNED_UP', { userId: user.id });
  return user;
}

/** An email that the issuer says is theirs, unless somebody has an account with it: that would be to merge the two unasked. */
async function verifiedEmail(tx: Transaction, { email, email_verified: isVerified }: ExternalClaims) {
  const normalised = isVerified === true && typeof email === 'string' ? normaliseEmail(email) : null;
  const isTaken = normalised && (await tx.user.findUnique({ where: { email: normalised } }));
  return isTaken ? null : normalised;
}

/**
 * What the issuer says anew of the role is done, but for the last admin, who stays one until there is another; what it has said before
 * does not undo what an admin here has done since.
 */
async function followRole(
  inside: Inside<SessionDeps>,
  { issuer, subject, user, role, roleSeen, seenAt, mayLoseRole }: KnownIdentity,
  claims: ExternalClaims,
): Promise<User> {
  if (!role || dateOf(claims.iat) <= seenAt) return user;
  if (role === 'USER' && roleSeen === 'ADMIN' && !mayLoseRole) return user;
  const where = { issuer_subject: { issuer, subject } };
  await inside.db.externalIdentity.update({ where, data: { roleSeen: role, seenAt: dateOf(claims.iat) } });
  if (role === roleSeen || role === user.role) return user;
  await note(inside, 'ROLE_CHANGED', { userId: user.id, role });
  if (user.mailsRoleChanged) await notify(inside, user.email, 'ROLE_CHANGED', { role });
  return inside.db.user.update({ where: { id: user.id }, data: { role } });
}

function roleIn({ roleClaim }: TrustedIssuer, claims: ExternalClaims): Role | null {
  if (!roleClaim) return null;
  const roles = [claims[roleClaim]].flat();
  return roles.includes('ADMIN') || roles.includes('admin') ? 'ADMIN' : 'USER';
}

/**
 * The session of the sign-in that the token is of, which the issuer's `sid` names; of an issuer that has none, all its tokens are of
 * one. None where that has ended, but for a token without `sid` that was issued after: whoever signs in there again is let in.
 */
async function sessionFor(
  inside: Inside<SessionDeps>,
  user: User,
  { issuer }: TrustedIssuer,
  { sid, iat, exp, auth_time }: ExternalClaims,
): Promise<{ session?: Session; ended?: Ended[] }> {
  const { db: tx } = inside;
  const externalId = [issuer, sid ?? ''].join(' ');
  const known = await tx.session.findFirst({
    where: { userId: user.id, externalId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
  if (known?.endedAt && (sid || dateOf(iat) <= known.endedAt)) return {};
  const now = inside.now();
  const goesOn = known && !known.endedAt;
  const ended = goesOn && known.idleExpiresAt > now ? [] : await endLongestUnused(tx, user.id, now);
  await noteEnded(inside, ended, 'TOO_MANY');
  const until = goesOn && known.idleExpiresAt > dateOf(exp) ? known.idleExpiresAt : dateOf(exp);
  const used = { lastUsedAt: now, idleExpiresAt: until, absoluteExpiresAt: until };
  if (goesOn) return { session: await tx.session.update({ where: { id: known.id }, data: used }), ended };
  const session = await tx.session.create({
    data: {
      userId: user.id,
      externalId,
      createdAt: now,
      authenticatedAt: dateOf(auth_time ?? 0),
      ipAddress: inside.circumstances.address,
      userAgent: inside.circumstances.userAgent?.slice(0, 500) ?? null,
      ...used,
    },
  });
  await noteSignIn(inside, user, session);
  return { session, ended };
}

const claimsOf = (user: User, session: Session, { iat, exp, auth_time }: ExternalClaims): AccessClaims => ({
  userId: user.id,
  role: user.role,
  emailVerified: user.emailVerifiedAt !== null,
  rightsVersion: user.rightsVersion,
  sessionId: session.id,
  // The token's own: of all those of a session, it may be the one that was stolen long ago.
  authenticatedAt: auth_time === undefined ? null : dateOf(Math.min(auth_time, iat)),
  expiresAt: dateOf(exp),
});

const dateOf = (seconds: number) => new Date(seconds * 1000);

/** What a token of theirs claims here; SESSION_ENDED where they were signed out or disabled. */
export type Account = AccessClaims | 'SESSION_ENDED';

interface KnownIdentity extends ExternalIdentity {
  user: User;
  /** What the token says. */
  role: Role | null;
  /** Whether they may lose the role of an admin by it. */
  mayLoseRole: boolean;
}
