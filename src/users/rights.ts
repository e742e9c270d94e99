import type { Transaction } from '../db/database.ts';
import type { Role, User } from '../db/generated/client.ts';
import { badInput } from '../errors.ts';
import { isId } from '../input.ts';
import { noSuchUser } from './users.ts';

/**
 * Changes a user's role or status, in a transaction. Triggers do the rest: tokens signed before are refused, and whoever is
 * disabled has no session any more. Says whether it was otherwise before. Refuses with NOT_FOUND, and with BAD_USER_INPUT where nobody
 * would be left to administer.
 */
export async function changeRights(tx: Transaction, userId: string, change: RightsChange): Promise<ChangedRights> {
  if (!isId(userId)) throw noSuchUser();
  const takesRights = (change.role && change.role !== 'ADMIN') || change.disabled;
  if (takesRights) await refuseLastAdmin(tx, userId);
  // Writes what changes and nothing else: somebody demoted at the same moment must not get the role back by being disabled.
  const [changed] = await tx.user.updateManyAndReturn({
    where: { id: userId, NOT: change },
    data: change,
  });
  const user = changed ?? (await tx.user.findUnique({ where: { id: userId } }));
  if (!user) throw noSuchUser();
  return { user, isNew: changed !== undefined };
}

/** Refuses with BAD_USER_INPUT where nobody would be left to administer without the user. */
export async function refuseLastAdmin(tx: Transaction, userId: string): Promise<void> {
  if (!(await isLastAdmin(tx, userId))) return;
  throw badInput('userId', 'Is the last enabled admin: make somebody else an admin first.');
}

/** Whether the user is the last enabled admin; until the transaction ends, whoever asks the same waits, so that there stays one. */
export async function isLastAdmin(tx: Transaction, userId: string): Promise<boolean> {
  const admins = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "User" WHERE role = 'ADMIN' AND NOT disabled ORDER BY id FOR NO KEY UPDATE`;
  return admins.length === 1 && admins[0]?.id === userId;
}

interface ChangedRights {
  user: User;
  /** False where the user had that role or status before. */
  isNew: boolean;
}

type RightsChange = { role: Role; disabled?: never } | { disabled: boolean; role?: never };
