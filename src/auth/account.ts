import type { Viewer } from '../access/rules.ts';
import { AppError } from '../errors.ts';
import { notify, whence } from '../mail/outbox.ts';
import { noteAuthentication, takeBackTokens } from '../sessions/refresh.ts';
import { lockProven, markEnded, noteEnded, unendedSessions } from '../sessions/sessions.ts';
import type { TokenPair } from '../tokens/tokens.ts';
import { note, transacting } from '../trail/note.ts';
import { isLastAdmin } from '../users/rights.ts';
import { getUser } from '../users/users.ts';
import { refuseWeak } from './passwords.ts';
import { type AuthDeps, confirmPassword } from './sign-in.ts';

/**
 * Changes the viewer's password, ends their other sessions, and takes back the refresh tokens of this one: here are the next.
 * Refuses with INVALID_CREDENTIALS, RATE_LIMITED or WEAK_PASSWORD.
 */
export async function changePassword(deps: AuthDeps, viewer: Viewer, change: PasswordChange): Promise<TokenPair> {
  const { email } = await getUser(deps.db, viewer.id);
  const proof = await confirmPassword(deps, email, change.currentPassword, viewer);
  await refuseWeak(change.newPassword, { minLength: deps.minPasswordLength, email, place: 'input.newPassword' });
  const hash = await deps.hashing.inTurn({ whose: viewer.id }, (hasher) => hasher.hash(change.newPassword));
  const now = deps.now();
  const { user, session, ended } = await transacting(deps, async (inside) => {
    const { db: tx } = inside;
    const user = await lockProven(tx, proof);
    if (!user) throw changedMeanwhile();
    await tx.password.update({ where: { userId: user.id }, data: { hash } });
    const others = { userId: user.id, id: { not: viewer.sessionId } };
    const ended = await markEnded(tx, others, 'PASSWORD_CHANGED', now);
    await note(inside, 'PASSWORD_CHANGED', { userId: user.id });
    await noteEnded(inside, ended, 'PASSWORD_CHANGED');
    await notify(inside, user.email, 'PASSWORD_CHANGED', whence(deps.circumstances));
    return { user, session: await takeBackTokens(tx, viewer.sessionId, now), ended };
  });
  deps.revocations.sessionsEnded(ended);
  return deps.tokens.issue(session, user, now);
}

/**
 * Takes the password as a proof that the viewer is still who signed in: here is an access token that says so, for the same session.
 * Refuses with INVALID_CREDENTIALS, RATE_LIMITED or SESSION_ENDED.
 */
export async function reauthenticate(deps: AuthDeps, viewer: Viewer, password: string): Promise<TokenPair> {
  const { email } = await getUser(deps.db, viewer.id);
  const proof = await confirmPassword(deps, email, password, viewer);
  const now = deps.now();
  const { user, session } = await transacting(deps, async (inside) => {
    const user = await lockProven(inside.db, proof);
    if (!user) throw changedMeanwhile();
    await note(inside, 'REAUTHENTICATED', { userId: user.id, sessionId: viewer.sessionId });
    return { user, session: await noteAuthentication(inside.db, viewer.sessionId, now) };
  });
  return deps.tokens.issue(session, user, now);
}

/** Deletes the viewer's account with all that is theirs. Refuses with INVALID_CREDENTIALS, and for the last enabled admin. */
export async function deleteAccount(deps: AuthDeps, viewer: Viewer, password: string) {
  const { email } = await getUser(deps.db, viewer.id);
  const proof = await confirmPassword(deps, email, password, viewer);
  const ended = await transacting(deps, async (inside) => {
    const { db: tx } = inside;
    if (await isLastAdmin(tx, viewer.id)) throw lastAdmin();
    if (!(await lockProven(tx, proof))) throw changedMeanwhile();
    const sessions = await unendedSessions(tx, viewer.id);
    // Which ends their sessions, by a trigger.
    await tx.user.delete({ where: { id: viewer.id } });
    await note(inside, 'ACCOUNT_DELETED', { userId: viewer.id });
    await noteEnded(inside, sessions, 'DELETED');
    return sessions;
  });
  deps.revocations.sessionsEnded(ended);
}

export const changedMeanwhile = () =>
  new AppError('INVALID_CREDENTIALS', 'the password or the account was changed meanwhile');

const lastAdmin = () =>
  new AppError('BAD_USER_INPUT', 'the last enabled admin', {
    reason: 'You are the last enabled admin: make somebody else an admin first.',
  });

interface PasswordChange {
  currentPassword: string;
  newPassword: string;
}
