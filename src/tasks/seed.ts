import type { Transaction } from '../db/database.ts';
import type { Prisma, TaskStatus } from '../db/generated/client.ts';
import { folded } from './tasks.ts';

/** So many tasks of the owner's, for development. */
export async function seedTasks(tx: Transaction, ownerId: string, amount: number, now: Date): Promise<void> {
  await tx.task.createMany({ data: Array.from({ length: amount }, (_, n) => sampleTask(n, ownerId, now)) });
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
