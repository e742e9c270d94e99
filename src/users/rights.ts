import type { Db, Transaction } from '../db/client.ts';
import type { Role, User } from '../db/generated/client.ts';
import { AppError, badInput } from '../errors.ts';
import { isId } from '../input.ts';
import { normaliseEmail } from './email.ts';

/**
 * Changes a user's role or status, in a transaction; tokens signed before are refused from the next request on. Refuses with
 * NOT_FOUND, and with BAD_USER_INPUT where nobody would be left to administer.
 */
export async function changeRights(tx: Transaction, userId: string, change: RightsChange, now: Date): Promise<User> {
  if (!isId(userId)) throw noSuchUser();
  if ((change.role && change.role !== 'ADMIN') || change.disabled) await keepAnAdmin(tx, userId);
  // Writes what changes and nothing else: somebody demoted at the same moment must not get the role back by being disabled.
  const [changed] = await tx.user.updateManyAndReturn({
    where: { id: userId, NOT: change },
    data: { ...change, rightsVersion: { increment: 1 }, rightsChangedAt: now },
  });
  const user = changed ?? (await tx.user.findUnique({ where: { id: userId } }));
  if (!user) throw noSuchUser();
  return user;
}

/** Makes the user with this email an admin, or one no more; false where there is no such user. Felt on the next request. */
export async function setRole(db: Db, email: string, role: Role, now: Date): Promise<boolean> {
  const user = await db.user.findUnique({ where: { email: normaliseEmail(email) ?? '' } });
  if (!user) return false;
  await db.$transaction((tx) => changeRights(tx, user.id, { role }, now));
  return true;
}

export const admins = (db: Db) =>
  db.user.findMany({ where: { role: 'ADMIN' }, orderBy: { email: 'asc' }, select: { email: true, disabled: true } });

/** Refuses, in a transaction, what would take away the last enabled admin; whoever tries the same at once waits for its end. */
export async function keepAnAdmin(tx: Transaction, without: string) {
  const admins = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "User" WHERE role = 'ADMIN' AND NOT disabled ORDER BY id FOR NO KEY UPDATE`;
  if (admins.length > 1 || admins[0]?.id !== without) return;
  throw badInput('userId', 'Is the last enabled admin: make somebody else an admin first.');
}

const noSuchUser = () => new AppError('NOT_FOUND', 'no such user');

type RightsChange = { role: Role; disabled?: never } | { disabled: boolean; role?: never };
