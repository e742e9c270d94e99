import { z } from 'zod';
import type { Reach } from '../access/reach.ts';
import type { Viewer } from '../access/rules.ts';
import type { Transaction } from '../db/database.ts';
import { Prisma, type Task } from '../db/generated/client.ts';
import { TaskStatus } from '../db/generated/enums.ts';
import { allColumnsOf, columnsOf, rows } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import { checked, isId, text, trimmedText } from '../input.ts';

/** The task, or null where there is none or the viewer may not see it. */
export async function findTask(db: Transaction, reach: Reach<'Task'>, id: string, columns = WHOLE) {
  const find = isId(id) ? await findTasks(db, reach, [id], columns) : () => null;
  return find(id);
}

/** Those of these tasks that the viewer reaches, each by its id; null for the others. */
export async function findTasks(db: Transaction, reach: Reach<'Task'>, ids: string[], columns = WHOLE) {
  const condition = Prisma.sql`id = ANY(${ids}::uuid[]) AND ${reach.sql}`;
  const tasks = await rows<Task>(db, Prisma.sql`SELECT ${columnsOf('Task', columns)} FROM "Task" WHERE ${condition}`);
  const byId = new Map(tasks.map((task) => [task.id, task]));
  return (id: string) => byId.get(id) ?? null;
}

/** Creates a task of the viewer's, or of whom an admin names; refuses with BAD_USER_INPUT. */
export async function createTask(db: Transaction, viewer: Viewer, input: CreateTaskInput, now: Date) {
  const { ownerId = viewer.id, ...data } = stored(checked(NewTask, input));
  return db.task.create({
    data: { ...data, ownerId, titleFolded: folded(data.title), createdAt: now, updatedAt: now },
  });
}

/** Changes what the input names and nothing else; `updatedAt` moves only if something differs. Refuses with NOT_FOUND. */
export async function updateTask(db: Transaction, reach: Reach<'Task'>, id: string, input: UpdateTaskInput, now: Date) {
  const changes = stored(checked(TaskChanges, input));
  const data = changes.title === undefined ? changes : { ...changes, titleFolded: folded(changes.title) };
  if (!isId(id)) throw notFound();
  const [changed] = await db.task.updateManyAndReturn({
    where: { id, AND: reach.where, OR: differences(data) },
    data: { ...data, updatedAt: now },
  });
  const task = changed ?? (await findTask(db, reach, id));
  if (!task) throw notFound();
  return task;
}

/** Deletes the task and returns its id, or refuses with NOT_FOUND. */
export async function deleteTask(db: Transaction, reach: Reach<'Task'>, id: string) {
  const { count } = isId(id) ? await db.task.deleteMany({ where: { id, AND: reach.where } }) : { count: 0 };
  if (count === 0) throw notFound();
  return id;
}

/** A title without its letters' case, by which titles are searched and ordered. Not the database's business: its rules depend on its locale. */
export const folded = (title: string) => title.toLowerCase().toUpperCase();

const WHOLE: readonly string[] = allColumnsOf('Task');

const notFound = () => new AppError('NOT_FOUND', 'no such task, or not one that the viewer may reach');

/** One condition for each field that would change; in SQL, null differs from nothing, so it needs a condition of its own. */
const differences = (data: object): Prisma.TaskWhereInput[] =>
  Object.entries(data).flatMap(([field, value]) => [
    { [field]: { not: value } },
    ...(value !== null && NULLABLE.has(field) ? [{ [field]: null }] : []),
  ]);

const NULLABLE = new Set(['description', 'dueAt', 'blockedById']);

/** As the columns are called. */
const stored = <Input extends { blockedBy?: string | null | undefined }>({ blockedBy, ...input }: Input) =>
  blockedBy === undefined ? input : { ...input, blockedById: blockedBy };

const title = trimmedText(1, 200);
const description = text(0, 10_000).nullable();
const status = z.enum(TaskStatus, { error: 'Must be a status.' });
const dueAt = z.date().nullable();
// What they name was judged before (`refersTo`).
const blockedBy = z.string().nullable();
const ownerId = z.string({ error: 'Must be a user.' });

const NewTask = z.object({
  title,
  description: description.default(null),
  status,
  dueAt: dueAt.default(null),
  blockedBy: blockedBy.default(null),
  ownerId: ownerId.optional(),
});
const TaskChanges = z.object({ title, description, status, dueAt, blockedBy, ownerId }).partial();

interface CreateTaskInput {
  title: string;
  description?: string | null;
  status: TaskStatus;
  dueAt?: Date | null;
  blockedBy?: string | null;
  ownerId?: string | null;
}

/** A field left out stays as it is; null clears one that can be empty, and is refused for the others. */
type UpdateTaskInput = { [Field in keyof CreateTaskInput]?: CreateTaskInput[Field] | null | undefined };
