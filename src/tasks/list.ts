import { type Reach, refuseClosed } from '../access/reach.ts';
import type { Transaction } from '../db/database.ts';
import { Prisma, type Task, type TaskStatus, type User } from '../db/generated/client.ts';
import { type CountedPage, containing, type Order, type PageArgs, pageQuery } from '../db/pages.ts';
import { type Asked, allColumnsOf, columnsOf, joinedColumnsOf, nest, rows } from '../db/rows.ts';
import { checked, text } from '../input.ts';
import { folded } from './tasks.ts';

/**
 * For each of these users a page of those of their own tasks that the viewer reaches, oldest first unless ordered otherwise, in one query for all of them.
 * `totalCount` costs another, and only when called.
 */
export async function taskPages(
  db: Transaction,
  reach: Reach<'Task'>,
  ownerIds: string[],
  args: TaskPageArgs,
  { columns, joined, cursors }: Asked = WHOLE,
): Promise<(ownerId: string) => CountedPage<TaskRow>> {
  const order = orderOf(args.orderBy);
  const { reached, between, orderBy, limit, toPage } = pageQuery(args, order, reach);
  const filter = conditionsOf(args.filter ?? {}, reach);
  const withOwner = joined.owner
    ? { columns: Prisma.sql`, ${joinedColumnsOf('owner', joined.owner)}`, join: JOIN_OWNER }
    : { columns: Prisma.empty, join: Prisma.empty };
  // The inner SELECT finds the ids in one index alone, which holds all that filters look at, and then 100 rows at most are read.
  const page = Prisma.sql`
    SELECT ${columnsOf('task', cursors ? [...columns, order.field] : columns)}${withOwner.columns} FROM unnest(${ownerIds}::uuid[]) AS whose(id)
    CROSS JOIN LATERAL unnest(ARRAY(
      SELECT id FROM "Task" WHERE "ownerId" = whose.id AND ${filter} AND ${between} ORDER BY ${orderBy} LIMIT ${limit}
    )) WITH ORDINALITY AS page(id, place)
    JOIN "Task" task ON task.id = page.id ${withOwner.join}
    ORDER BY page.place`;
  const tasks = await rows<TaskRow>(db, page);
  if (joined.owner) nest(tasks, 'owner', joined.owner);

  let counts: ReturnType<typeof countTasks> | undefined;
  const countOf = async (ownerId: string) => {
    counts ??= countTasks(db, ownerIds, Prisma.sql`${reached} AND ${filter}`);
    return (await counts).get(ownerId) ?? 0;
  };
  return (ownerId) => {
    const own = tasks.filter((task) => task.ownerId === ownerId);
    return { ...toPage(own, `tasks ${ownerId}`), totalCount: () => countOf(ownerId) };
  };
}

async function countTasks(db: Transaction, ownerIds: string[], condition: Prisma.Sql) {
  const counted = Prisma.sql`
    SELECT owner.id, (SELECT count(*)::int FROM "Task" WHERE "ownerId" = owner.id AND ${condition}) AS count
    FROM unnest(${ownerIds}::uuid[]) AS owner(id)`;
  const counts = await rows<{ id: string; count: number }>(db, counted);
  return new Map(counts.map(({ id, count }) => [id, count]));
}

function conditionsOf({ status, titleContains, dueAfter, dueBefore }: TaskFilter, reach: Reach<'Task'>) {
  const conditions = [Prisma.sql`TRUE`];
  if (status) refuseClosed(reach, 'status');
  if (titleContains) refuseClosed(reach, 'title');
  if (dueAfter || dueBefore) refuseClosed(reach, 'dueAt');
  if (status) conditions.push(Prisma.sql`status = ANY(${status}::"TaskStatus"[])`);
  if (titleContains) {
    const part = folded(checked(text(0, 200), titleContains, 'filter.titleContains'));
    conditions.push(Prisma.sql`"titleFolded" LIKE ${containing(part)}`);
  }
  if (dueAfter) conditions.push(Prisma.sql`"dueAt" > ${dueAfter}`);
  if (dueBefore) conditions.push(Prisma.sql`"dueAt" < ${dueBefore}`);
  return Prisma.join(conditions, ' AND ');
}

function orderOf(orderBy: TaskOrder | null | undefined): Order {
  const { field, direction } = orderBy ?? { field: 'CREATED_AT', direction: 'ASC' };
  return { ...ORDERS[field], direction: direction === 'ASC' ? 'asc' : 'desc' };
}

const WHOLE: Asked = { columns: allColumnsOf('Task'), joined: {}, cursors: true };
const JOIN_OWNER = Prisma.sql`JOIN "User" owner ON owner.id = task."ownerId"`;

const ORDERS = {
  CREATED_AT: { field: 'createdAt', type: 'timestamptz' },
  UPDATED_AT: { field: 'updatedAt', type: 'timestamptz' },
  DUE_AT: { field: 'dueAt', type: 'timestamptz', nullable: true },
  TITLE: { field: 'titleFolded', type: 'text', shows: 'title' },
} as const;

export const TASK_ORDER_FIELDS = Object.keys(ORDERS) as (keyof typeof ORDERS)[];

/** With what was asked for, and its owner where that was. */
export type TaskRow = Task & { owner?: User };

export interface TaskPageArgs extends PageArgs {
  filter?: TaskFilter | null;
  orderBy?: TaskOrder | null;
}

interface TaskFilter {
  status?: TaskStatus[] | null;
  titleContains?: string | null;
  dueAfter?: Date | null;
  dueBefore?: Date | null;
}

interface TaskOrder {
  field: keyof typeof ORDERS;
  direction: 'ASC' | 'DESC';
}
