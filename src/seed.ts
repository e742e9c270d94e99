import { createHashing } from './auth/hashing.ts';
import type { Db, Transaction } from './db/database.ts';
import { markEnded } from './sessions/sessions.ts';
import { seedTasks } from './tasks/seed.ts';
import { createUser } from './users/users.ts';

/** What each domain puts into the account of an example user. */
const DOMAINS: ((tx: Transaction, ownerId: string, amount: number, now: Date) => Promise<void>)[] = [seedTasks];

/**
 * Fills a database for development: an admin and two users, all with this password, and what is theirs. Where they are there, gives
 * them this password and ends their sessions. All of it or nothing: throws where some of them have an account and others have not.
 */
export async function seed(db: Db, password: string, now: Date): Promise<'made' | 'renewed'> {
  const hash = await createHashing().inTurn({ whose: 'seed' }, (hasher) => hasher.hash(password));
  return db.$transaction(async (tx) => {
    const there = await tx.user.findMany({ where: { email: { in: PEOPLE.map(({ email }) => email) } } });
    if (there.length === 0) return makeExamples(tx, hash, now);
    if (there.length < PEOPLE.length) throw inTheWay(there);
    const userId = { in: there.map(({ id }) => id) };
    await tx.password.updateMany({ where: { userId }, data: { hash } });
    await markEnded(tx, { userId }, 'PASSWORD_CHANGED', now);
    return 'renewed' as const;
  });
}

async function makeExamples(tx: Transaction, passwordHash: string, now: Date) {
  for (const { amount, ...person } of PEOPLE) {
    const { id } = await createUser(tx, { ...person, passwordHash }, now);
    for (const seedDomain of DOMAINS) await seedDomain(tx, id, amount, now);
  }
  return 'made' as const;
}

const inTheWay = (there: { email: string }[]) =>
  new Error(
    `In the way of the examples, since they have an account: ${there.map(({ email }) => email).join(', ')}. Nothing was changed.`,
  );

export const PEOPLE = [
  { email: 'admin@example.com', name: 'Ada Admin', role: 'ADMIN', amount: 5 },
  { email: 'ann@example.com', name: 'Ann Example', role: 'USER', amount: 250 },
  { email: 'bob@example.com', name: 'Bob Example', role: 'USER', amount: 120 },
] as const;
