import type { Viewer } from '../access/rules.ts';
import type { Transaction } from '../db/database.ts';
import type { Role } from '../db/generated/enums.ts';
import { isId } from '../input.ts';
import { notify } from '../mail/outbox.ts';
import { endSessions, noteEnded, type RevokingDeps, unendedSessions } from '../sessions/sessions.ts';
import { note } from '../trail/note.ts';
import { changeRights } from '../users/rights.ts';
import { getUser } from '../users/users.ts';

/** Gives a user another role; refuses with NOT_FOUND, and for the last enabled admin. */
export async function setUserRole(deps: RevokingDeps, userId: string, role: Role) {
  const { user, isNew } = await changeRights(deps.db, userId, { role });
  if (!isNew) return user;
  deps.revocations.rightsChanged([user]);
  await note(deps, 'ROLE_CHANGED', { userId, role });
  if (user.mailsRoleChanged) await notify(deps, user.email, 'ROLE_CHANGED', { role });
  return user;
}

/** Disables a user, which ends all their sessions, or enables them again; refuses with NOT_FOUND, and for the last enabled admin. */
export async function setUserDisabled(deps: RevokingDeps, userId: string, disabled: boolean) {
  const ended = disabled && isId(userId) ? await unendedSessions(deps.db, userId) : [];
  const { user, isNew } = await changeRights(deps.db, userId, { disabled });
  if (!isNew) return user;
  await note(deps, 'STATUS_CHANGED', { userId, disabled });
  deps.revocations.sessionsEnded(ended);
  await noteEnded(deps, ended, 'DISABLED');
  deps.revocations.rightsChanged([user]);
  return user;
}

/** Whom the rules would see if the user signed in now: nobody, if they are disabled, which has signed them out. Refuses with NOT_FOUND. */
export async function viewerAs(db: Transaction, userId: string): Promise<Viewer | null> {
  const { id, role, emailVerifiedAt, disabled } = await getUser(db, userId);
  return disabled ? null : { id, role, emailVerified: emailVerifiedAt !== null, sessionId: '', isRecent: true };
}

/** Ends all sessions of a user and counts them; refuses with NOT_FOUND. */
export async function revokeUserSessions(deps: RevokingDeps, userId: string) {
  const { id } = await getUser(deps.db, userId);
  return endSessions(deps, { userId: id }, 'REVOKED');
}
