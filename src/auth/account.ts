import type { Viewer } from '../access/rules.ts';
import { AppError } from '../errors.ts';
import { keepAnAdmin } from '../users/rights.ts';
import { getUser } from '../users/users.ts';
import type { AuthDeps, Client } from './deps.ts';
import { hashPassword } from './passwords.ts';
import { lockProven, markEnded } from './sessions.ts';
import { confirmPassword } from './sign-in.ts';

/** Changes the viewer's password and ends their other sessions. Refuses with INVALID_CREDENTIALS, RATE_LIMITED or WEAK_PASSWORD. */
export async function changePassword(deps: AuthDeps, viewer: Viewer, change: PasswordChange, client: Client) {
  const { email } = await getUser(deps.db, viewer.id);
  const proof = await confirmPassword(deps, email, change.currentPassword, client);
  const hash = await hashPassword(change.newPassword, { minLength: deps.minPasswordLength, email });
  const ended = await deps.db.$transaction(async (tx) => {
    if (!(await lockProven(tx, proof))) throw changedMeanwhile();
    await tx.password.update({ where: { userId: viewer.id }, data: { hash } });
    const others = { userId: viewer.id, id: { not: viewer.sessionId } };
    return markEnded(tx, others, 'PASSWORD_CHANGED', deps.now());
  });
  deps.revocations.sessionsEnded(ended);
}

/** Deletes the viewer's account with all that is theirs. Refuses with INVALID_CREDENTIALS, and for the last enabled admin. */
export async function deleteAccount(deps: AuthDeps, viewer: Viewer, password: string, client: Client) {
  const { email } = await getUser(deps.db, viewer.id);
  const proof = await confirmPassword(deps, email, password, client);
  const ended = await deps.db.$transaction(async (tx) => {
    await keepAnAdmin(tx, viewer.id);
    if (!(await lockProven(tx, proof))) throw changedMeanwhile();
    const sessions = await markEnded(tx, { userId: viewer.id }, 'DELETED', deps.now());
    // The rows stay until no access token can be alive, for other processes to read; nothing in them says whose they were.
    await tx.session.updateMany({ where: { userId: viewer.id }, data: { userAgent: null, ipAddress: null } });
    await tx.user.delete({ where: { id: viewer.id } });
    return sessions;
  });
  deps.revocations.sessionsEnded(ended);
}

const changedMeanwhile = () => new AppError('INVALID_CREDENTIALS', 'the password or the account was changed meanwhile');

interface PasswordChange {
  currentPassword: string;
  newPassword: string;
}
