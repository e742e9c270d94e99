import type { Viewer } from '../access/rules.ts';
import { AppError } from '../errors.ts';
import { lockProven, markEnded, type SignInOrigin } from '../sessions/sessions.ts';
import { isLastAdmin } from '../users/rights.ts';
import { getUser } from '../users/users.ts';
import { refuseWeak } from './passwords.ts';
import { type AuthDeps, confirmPassword } from './sign-in.ts';

/** Changes the viewer's password and ends their other sessions. Refuses with INVALID_CREDENTIALS, RATE_LIMITED or WEAK_PASSWORD. */
export async function changePassword(deps: AuthDeps, viewer: Viewer, change: PasswordChange, origin: SignInOrigin) {
  const { email } = await getUser(deps.db, viewer.id);
  const proof = await confirmPassword(deps, email, change.currentPassword, origin);
  await refuseWeak(change.newPassword, { minLength: deps.minPasswordLength, email });
  const hash = await deps.hashing.inTurn((turn) => turn.hash(change.newPassword));
  const ended = await deps.db.$transaction(async (tx) => {
    if (!(await lockProven(tx, proof))) throw changedMeanwhile();
    await tx.password.update({ where: { userId: viewer.id }, data: { hash } });
    const others = { userId: viewer.id, id: { not: viewer.sessionId } };
    return markEnded(tx, others, 'PASSWORD_CHANGED', deps.now());
  });
  deps.revocations.sessionsEnded(ended);
}

/** Deletes the viewer's account with all that is theirs. Refuses with INVALID_CREDENTIALS, and for the last enabled admin. */
export async function deleteAccount(deps: AuthDeps, viewer: Viewer, password: string, origin: SignInOrigin) {
  const { email } = await getUser(deps.db, viewer.id);
  const proof = await confirmPassword(deps, email, password, origin);
  const ended = await deps.db.$transaction(async (tx) => {
    if (await isLastAdmin(tx, viewer.id)) throw lastAdmin();
    if (!(await lockProven(tx, proof))) throw changedMeanwhile();
    const sessions = await tx.session.findMany({ where: { userId: viewer.id }, select: { id: true } });
    // Which ends their sessions, by a trigger.
    await tx.user.delete({ where: { id: viewer.id } });
    return sessions;
  });
  deps.revocations.sessionsEnded(ended);
}

const changedMeanwhile = () => new AppError('INVALID_CREDENTIALS', 'the password or the account was changed meanwhile');

const lastAdmin = () =>
  new AppError('BAD_USER_INPUT', 'the last enabled admin', {
    reason: 'You are the last enabled admin: make somebody else an admin first.',
  });

interface PasswordChange {
  currentPassword: string;
  newPassword: string;
}
