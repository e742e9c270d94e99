import type { Db, Transaction } from '../db/database.ts';
import type { Role, User } from '../db/generated/client.ts';
import { badInput } from '../errors.ts';
import { isId } from '../input.ts';
import { normaliseEmail } from './email.ts';
import { noSuchUser } from './users.ts';

/**
 * Changes a user's role or status, in a transaction. Triggers do the rest: tokens signed before are refused, and whoever is
 * disabled has no session any more. Refuses with NOT_FOUND, and with BAD_USER_INPUT where nobody would be left to administer.
 */
export async function changeRights(tx: Transaction, userId: string, change: RightsChange): Promise<User> {
  if (!isId(userId)) throw noSuchUser();
  const takesRights = (change.role && change.role !== 'ADMIN') || change.disabled;
  if (takesRights && (await isLastAdmin(tx, userId))) {
    throw badInput('userId', 'Is the last enabled admin: make somebody else an admin first.');
  }
  // Writes what changes and nothing else: somebody demoted at the same moment must not get the role back by being disabled.
  const [changed] = await tx.user.updateManyAndReturn({
    where: { id: userId, NOT: change },
    data: change,
  });
  const user = changed ?? (await tx.user.findUnique({ where: { id: userId } }));
  if (!user) throw noSuchUser();
  return user;
}

/** Makes the user with this email an admin, or one no more; false where there is no such user. Felt on the next request. */
export async function setRole(db: Db, email: string, role: Role): Promise<boolean> {
  const user = await db.user.findUnique({ where: { email: normaliseEmail(email) ?? '' } });
  if (!user) return false;
  await db.$transaction((tx) => changeRights(tx, user.id, { role }));
  return true;
}

export const admins = (db: Db) =>
  db.user.findMany({ where: { role: 'ADMIN' }, orderBy: { email: 'asc' }, select: { email: true, disabled: true } });

/** Whether the user is the last enabled admin; until the transaction ends, whoever asks the same waits, so that there stays one. */
export async function isLastAdmin(tx: Transaction, userId: string): Promise<boolean> {
  const admins = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "User" WHERE role = 'ADMIN' AND NOT disabled ORDER BY id FOR NO KEY UPDATE`;
  return admins.length === 1 && admins[0]?.id === userId;
}

type RightsChange = { role: Role; disabled?: never } | { disabled: boolean; role?: never };
