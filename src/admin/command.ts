import type { Db, Transaction } from '../db/database.ts';
import { note } from '../trail/note.ts';
import { normaliseEmail } from '../users/email.ts';
import { changeRights, refuseLastAdmin } from '../users/rights.ts';

/**
 * Does something to the user with this email, by whoever may reach the database, if `agree` does once it has heard who that is;
 * what was done, in a sentence. Triggers tell every running server. Refuses for the last enabled admin.
 */
export async function administer(db: Db, action: AdminAction, email: string, agree: Agree, now: Date): Promise<string> {
  const user = await db.user.findUnique({ where: { email: normaliseEmail(email) ?? '' } });
  if (!user) throw new Error(`Nobody has signed up as ${email}.`);
  const live = { userId: user.id, endedAt: null, idleExpiresAt: { gt: now } };
  const facts = [
    user.name && JSON.stringify(user.name),
    user.role === 'ADMIN' ? 'admin' : 'user',
    user.disabled && 'disabled',
    `signed up on ${user.createdAt.toISOString().slice(0, 10)}`,
    `live sessions: ${await db.session.count({ where: live })}`,
  ];
  const { question, done, act }: Action = ACTIONS[action];
  if (!(await agree(`${user.email} (${facts.filter(Boolean).join(', ')})`, question))) {
    throw new Error('Nothing was changed.');
  }
  await db.$transaction(async (tx) => {
    await act(tx, user.id);
    await note({ db: tx, circumstances: NO_REQUEST, now: () => now, tell: () => {} }, 'ADMIN_COMMAND', {
      userId: user.id,
      command: action,
    });
  });
  return `${user.email} ${done}.`;
}

export const isAdminAction = (word: string | undefined): word is AdminAction =>
  word !== undefined && Object.hasOwn(ACTIONS, word);

/** The admins' emails. */
export async function adminList(db: Db): Promise<string[]> {
  const admins = await db.user.findMany({ where: { role: 'ADMIN' }, orderBy: { email: 'asc' } });
  return admins.map(({ email, disabled }) => (disabled ? `${email} (disabled)` : email));
}

const NO_REQUEST = { requestId: null, address: null, userAgent: null, by: () => undefined };

const ACTIONS = {
  grant: {
    question: 'Make them an admin?',
    done: 'is an admin',
    act: (tx, id) => changeRights(tx, id, { role: 'ADMIN' }),
  },
  revoke: {
    question: 'Make them an admin no more?',
    done: 'is no admin any more',
    act: (tx, id) => changeRights(tx, id, { role: 'USER' }),
  },
  disable: {
    question: 'End all their sessions, and let them sign in no more?',
    done: 'is disabled',
    act: (tx, id) => changeRights(tx, id, { disabled: true }),
  },
  enable: {
    question: 'Let them sign in again?',
    done: 'is enabled',
    act: (tx, id) => changeRights(tx, id, { disabled: false }),
  },
  delete: {
    question: 'Delete the account with all that is theirs?',
    done: 'is deleted',
    async act(tx, id) {
      await refuseLastAdmin(tx, id);
      await tx.user.delete({ where: { id } });
    },
  },
} as const satisfies Record<string, Action>;

interface Action {
  question: string;
  done: string;
  act(tx: Transaction, userId: string): Promise<unknown>;
}

export type AdminAction = keyof typeof ACTIONS;

/** Whether to go on with whoever was found. */
export type Agree = (who: string, question: string) => Promise<boolean>;
