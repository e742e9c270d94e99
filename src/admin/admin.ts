import type { Role } from '../db/generated/enums.ts';
import { endSessions, markEnded, type SessionDeps } from '../sessions/sessions.ts';
import { changeRights } from '../users/rights.ts';
import { getUser } from '../users/users.ts';

/** Gives a user another role; refuses with NOT_FOUND, and for the last enabled admin. */
export async function setUserRole(deps: SessionDeps, userId: string, role: Role) {
  const user = await deps.db.$transaction((tx) => changeRights(tx, userId, { role }, deps.now()));
  deps.revocations.rightsChanged([user]);
  return user;
}

/** Disables a user, which ends all their sessions, or enables them again; refuses with NOT_FOUND, and for the last enabled admin. */
export async function setUserDisabled(deps: SessionDeps, userId: string, disabled: boolean) {
  const { user, ended } = await deps.db.$transaction(async (tx) => ({
    user: await changeRights(tx, userId, { disabled }, deps.now()),
    ended: disabled ? await markEnded(tx, { userId }, 'DISABLED', deps.now()) : [],
  }));
  deps.revocations.sessionsEnded(ended);
  deps.revocations.rightsChanged([user]);
  return user;
}

/** Ends all sessions of a user and counts them; refuses with NOT_FOUND. */
export async function revokeUserSessions(deps: SessionDeps, userId: string) {
  const { id } = await getUser(deps.db, userId);
  return endSessions(deps, { userId: id }, 'REVOKED');
}
