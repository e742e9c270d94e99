import type { Db } from '../../src/db/database.ts';
import type { Prisma } from '../../src/db/generated/client.ts';
import { folded } from '../../src/tasks/tasks.ts';

/** Puts tasks straight into the database, in one statement; returns them in this order. */
export function seedTasks(db: Db, ownerId: string, tasks: SeedTask[]) {
  return db.task.createManyAndReturn({
    data: tasks.map(({ createdAt = EPOCH, updatedAt = createdAt, ...task }, index) => {
      const title = task.title ?? `Task ${index}`;
      return { ...task, title, titleFolded: folded(title), ownerId, createdAt, updatedAt };
    }),
  });
}

const EPOCH = new Date('2026-01-01T00:00:00Z');

export type SeedTask = Partial<
  Omit<Prisma.TaskCreateManyInput, 'ownerId' | 'titleFolded' | 'createdAt' | 'updatedAt'>
> & {
  createdAt?: Date;
  updatedAt?: Date;
};
