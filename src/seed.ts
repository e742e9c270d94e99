import { createHashing } from './auth/hashing.ts';
import type { Db, Transaction } from './db/database.ts';
import { seedTasks } from './tasks/seed.ts';
import { createUser } from './users/users.ts';

/** What each domain puts into the account of an example user. */
const DOMAINS: ((tx: Transaction, ownerId: string, amount: number, now: Date) => Promise<void>)[] = [seedTasks];

/**
 * Fills a database for development: an admin and two users, all with this password, and what is theirs. All of it or nothing;
 * false, with nothing changed, where one of them has an account already.
 */
export async function seed(db: Db, password: string, now: Date): Promise<boolean> {
  const there = await db.user.count({ where: { email: { in: PEOPLE.map(({ email }) => email) } } });
  if (there > 0) return false;
  const passwordHash = await createHashing().inTurn({ whose: 'seed' }, (hasher) => hasher.hash(password));
  await db.$transaction(async (tx) => {
    for (const { amount, ...person } of PEOPLE) {
      const { id } = await createUser(tx, { ...person, passwordHash }, now);
      for (const seedDomain of DOMAINS) await seedDomain(tx, id, amount, now);
    }
  });
  return true;
}

export const PEOPLE = [
  { email: 'admin@example.com', name: 'Ada Admin', role: 'ADMIN', amount: 5 },
  { email: 'ann@example.com', name: 'Ann Example', role: 'USER', amount: 250 },
  { email: 'bob@example.com', name: 'Bob Example', role: 'USER', amount: 120 },
] as const;
