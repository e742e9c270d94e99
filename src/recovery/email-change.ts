import type { Viewer } from '../access/rules.ts';
import { changedMeanwhile } from '../auth/account.ts';
import { type AuthDeps, confirmPassword, tellThrottled } from '../auth/sign-in.ts';
import type { Transaction } from '../db/database.ts';
import type { User } from '../db/generated/client.ts';
import { badInput } from '../errors.ts';
import { putMail } from '../mail/outbox.ts';
import { lockProven, markEnded, noteEnded, type SignInOrigin } from '../sessions/sessions.ts';
import { note, transacting } from '../trail/note.ts';
import { checkedEmail } from '../users/email.ts';
import { getUser } from '../users/users.ts';
import { newToken, refuseWithoutMail, storeIfFree, takeToken, unlessTaken } from './tokens.ts';

/**
 * Mails a link to the new email, by which whoever has it agrees; nothing changes before. Somebody who has an account with it gets a
 * mail as well, without a link, and the viewer the same answer. Refuses with BAD_USER_INPUT, INVALID_CREDENTIALS or RATE_LIMITED.
 */
export async function changeEmail(deps: AuthDeps, viewer: Viewer, change: EmailChange, origin: SignInOrigin) {
  refuseWithoutMail(deps);
  const email = checkedEmail(change.newEmail, 'newEmail');
  const user = await getUser(deps.db, viewer.id);
  if (email === user.email) throw badInput('newEmail', 'Is the email of your account already.');
  const proof = await confirmPassword(deps, user.email, change.password, viewer);
  const throttled = tellThrottled(deps.tell, { userId: viewer.id });
  await deps.limits.countMail({ email, address: origin.address }).catch(throttled);
  const now = deps.now();
  const token = newToken(deps.tokens.oneTime, 'CHANGE_EMAIL', { userId: viewer.id, email }, now);
  await transacting(deps, async (inside) => {
    const { db: tx } = inside;
    if (!(await lockProven(tx, proof))) throw changedMeanwhile();
    const isFree = await storeIfFree(tx, token);
    const mail = isFree
      ? ({ template: 'CHANGE_EMAIL', tokenId: token.id } as const)
      : ({ template: 'ACCOUNT_EXISTS' } as const);
    await putMail(tx, { to: email, ...mail }, now);
    await note(inside, 'EMAIL_CHANGE_REQUESTED', { userId: viewer.id });
  });
}

/**
 * Gives the account back to the email that it had before, confirmed. Whoever changed it knew the password, so that is taken away:
 * all sessions end, and a link to choose another is mailed to that email.
 */
export async function undoEmailChange(deps: AuthDeps, token: string): Promise<void> {
  refuseWithoutMail(deps);
  const now = deps.now();
  const { tokens } = deps;
  const { user, ended } = await transacting(deps, async (inside) => {
    const { db: tx } = inside;
    const taken = await takeToken(tx, tokens.oneTime.hashOf(token), ['UNDO_EMAIL_CHANGE'], now);
    const { email, createdAt } = taken;
    const userId = taken.user.id;
    // Those of changes after the one that is undone: they were mailed to whoever it is undone against.
    await tx.oneTimeToken.deleteMany({
      where: { userId, purpose: 'UNDO_EMAIL_CHANGE', createdAt: { gte: createdAt } },
    });
    const user = await moveTo(tx, taken.user, email, now);
    await tx.password.deleteMany({ where: { userId } });
    const ended = await markEnded(tx, { userId }, 'PASSWORD_CHANGED', now);
    const reset = newToken(tokens.oneTime, 'RESET_PASSWORD', { userId, email }, now);
    await tx.oneTimeToken.create({ data: reset });
    await putMail(tx, { to: email, template: 'RESET_PASSWORD', tokenId: reset.id }, now);
    await note(inside, 'EMAIL_CHANGE_UNDONE', { userId });
    await noteEnded(inside, ended, 'PASSWORD_CHANGED');
    return { user, ended };
  });
  deps.revocations.sessionsEnded(ended);
  deps.revocations.rightsChanged([user]);
}

/** The user with this email, which is confirmed: in a second statement, for a trigger makes any new email one that is not. */
export async function moveTo(tx: Transaction, { id }: User, email: string, now: Date): Promise<User> {
  await unlessTaken(tx.user.update({ where: { id }, data: { email }, select: { id: true } }));
  return tx.user.update({ where: { id }, data: { emailVerifiedAt: now } });
}

interface EmailChange {
  newEmail: string;
  password: string;
}
