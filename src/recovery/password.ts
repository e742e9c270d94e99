import { randomUUID } from 'node:crypto';
import { refuseWeak } from '../auth/passwords.ts';
import { siteOf } from '../auth/rate-limits.ts';
import { type AuthDeps, tellThrottled } from '../auth/sign-in.ts';
import { isNowhere, notify, whence } from '../mail/outbox.ts';
import type { Template } from '../mail/templates.ts';
import { markEnded, noteEnded, type SignInOrigin } from '../sessions/sessions.ts';
import { note, transacting } from '../trail/note.ts';
import { normaliseEmail } from '../users/email.ts';
import { verify } from './confirming.ts';
import { newToken, refuseWithoutMail, takeToken, unusable } from './tokens.ts';

/**
 * Mails a link to choose a password by, if there is an enabled account with this email. The answer, the statements and what they
 * write are the same if there is none, but for the mail. Refuses with RATE_LIMITED, for every email alike.
 */
export async function requestPasswordReset(deps: AuthDeps, sent: string, origin: SignInOrigin): Promise<void> {
  refuseWithoutMail(deps);
  const normalised = normaliseEmail(sent);
  const email = normalised && !isNowhere(normalised) ? normalised : null;
  const facts = { email: email ?? undefined };
  const limited = { email: email ?? sent, address: origin.address };
  await deps.limits.countMail(limited).catch(tellThrottled(deps.tell, facts));
  const now = deps.now();
  const { id, hash, expiresAt } = newToken(deps.tokens.oneTime, 'RESET_PASSWORD', { userId: null, email: '' }, now);
  const template: Template = 'RESET_PASSWORD';
  // A token of nobody's, where there is no account: a commit that has nothing to write is the faster one.
  await transacting(deps, async (inside) => {
    const [token] = await inside.db.$queryRaw<{ userId: string | null }[]>`
    WITH token AS (
      INSERT INTO "OneTimeToken" (id, hash, purpose, "userId", email, "createdAt", "expiresAt")
      SELECT ${id}::uuid, ${hash}, 'RESET_PASSWORD', "User".id, sent.email, ${now}, ${expiresAt}
      FROM (SELECT ${email ?? ''} AS email) AS sent LEFT JOIN "User" ON "User".email = sent.email AND NOT disabled
      RETURNING id, "userId", email
    ), mail AS (
    INSERT INTO "Mail" (id, "to", template, facts, "tokenId", "createdAt", "nextTryAt")
    SELECT ${randomUUID()}::uuid, email, ${template}, '{}', id, ${now}, ${now} FROM token WHERE "userId" IS NOT NULL)
    SELECT "userId" FROM token`;
    await note(inside, 'PASSWORD_RESET_REQUESTED', { ...facts, userId: token?.userId });
  });
}

/**
 * Sets the password of whoever has the mailbox, which is confirmed by that, and ends all their sessions; signs nobody in. A password
 * that is refused, with WEAK_PASSWORD, leaves the token as it was.
 */
export async function resetPassword(deps: AuthDeps, reset: PasswordReset, origin: SignInOrigin): Promise<void> {
  refuseWithoutMail(deps);
  const tokenHash = deps.tokens.oneTime.hashOf(reset.token);
  const now = deps.now();
  const place = { hash: tokenHash, purpose: 'RESET_PASSWORD', expiresAt: { gt: now } } as const;
  // No hash for one that cannot be used: nobody guesses 256 bits, and whoever has them may know whether they are good.
  const found = await deps.db.oneTimeToken.findFirst({ where: { ...place, user: { disabled: false } } });
  if (!found) throw unusable();
  const { email } = found;
  await refuseWeak(reset.newPassword, { minLength: deps.minPasswordLength, email, place: 'newPassword' });
  const whose = siteOf(origin.address);
  const hash = await deps.hashing.inTurn({ whose }, (hasher) => hasher.hash(reset.newPassword));
  const { user, ended } = await transacting(deps, async (inside) => {
    const { db: tx } = inside;
    const taken = await takeToken(tx, tokenHash, ['RESET_PASSWORD'], now);
    const user = await verify(tx, taken.user, now);
    await tx.password.upsert({ where: { userId: user.id }, create: { userId: user.id, hash }, update: { hash } });
    const ended = await markEnded(tx, { userId: user.id }, 'PASSWORD_CHANGED', now);
    await note(inside, 'PASSWORD_RESET', { userId: user.id });
    await noteEnded(inside, ended, 'PASSWORD_CHANGED');
    await notify(inside, email, 'PASSWORD_CHANGED', whence(origin));
    return { user, ended };
  });
  deps.revocations.sessionsEnded(ended);
  deps.revocations.rightsChanged([user]);
  // Whoever was locked out by guesses gets in.
  await deps.limits.forgiveGuess({ email, address: origin.address });
}

interface PasswordReset {
  token: string;
  newPassword: string;
}
