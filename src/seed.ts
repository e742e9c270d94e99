import { hashPassword } from './auth/passwords.ts';
import type { Db } from './db/client.ts';
import type { Prisma, TaskStatus } from './db/generated/client.ts';
import { folded } from './tasks/tasks.ts';
import { createUser } from './users/users.ts';

/**
 * Fills a database for development: an admin and two users, all with this password, and their tasks. All of it or nothing;
 * false, with nothing changed, where one of them has an account already.
 */
export async function seed(db: Db, password: string, now: Date): Promise<boolean> {
  const there = await db.user.count({ where: { email: { in: PEOPLE.map(({ email }) => email) } } });
  if (there > 0) return false;
  const passwordHash = await hashPassword(password, { minLength: 8, email: '' });
  await db.$transaction(async (tx) => {
    for (const { tasks, ...person } of PEOPLE) {
      const { id } = await createUser(tx, { ...person, passwordHash }, now);
      await tx.task.createMany({ data: Array.from({ length: tasks }, (_, n) => sampleTask(n, id, now)) });
    }
  });
  return true;
}

/** One that differs from its neighbours in all that lists can be filtered and ordered by. */
function sampleTask(n: number, ownerId: string, now: Date): Prisma.TaskCreateManyInput {
  const title = `${pick(VERBS, n)} the ${pick(THINGS, n * 3 + Math.floor(n / VERBS.length))}`;
  const createdAt = hoursFrom(now, -3 * n - 1);
  return {
    title,
    titleFolded: folded(title),
    description: n % 3 === 0 ? `Number ${n + 1} of the examples.` : null,
    status: pick(STATUSES, n),
    dueAt: n % 4 === 0 ? null : hoursFrom(now, ((n * 37) % 1000) - 200),
    createdAt,
    updatedAt: n % 2 === 0 ? createdAt : hoursFrom(createdAt, 1),
    ownerId,
  };
}

const pick = <Item>(items: readonly [Item, ...Item[]], n: number): Item => items[n % items.length] ?? items[0];

const hoursFrom = (date: Date, hours: number) => new Date(date.getTime() + hours * 3_600_000);

export const PEOPLE = [
  { email: 'admin@example.com', name: 'Ada Admin', role: 'ADMIN', tasks: 5 },
  { email: 'ann@example.com', name: 'Ann Example', role: 'USER', tasks: 250 },
  { email: 'bob@example.com', name: 'Bob Example', role: 'USER', tasks: 120 },
] as const;

const VERBS = ['Write', 'Review', 'Fix', 'Plan', 'Test', 'Draw', 'Order'] as const;
const THINGS = [
  'report',
  'garden',
  'budget',
  'parser',
  'menu',
  'roof',
  'slides',
  'bicycle',
  'contract',
  'map',
  'song',
] as const;
const STATUSES: readonly [TaskStatus, ...TaskStatus[]] = ['TODO', 'IN_PROGRESS', 'TODO', 'DONE', 'DONE'];
