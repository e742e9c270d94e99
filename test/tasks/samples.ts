import type { Task } from '../../src/db/generated/client.ts';
import { taskPages } from '../../src/tasks/list.ts';
import type { Newcomer } from '../access/people.ts';
import type { Samples } from '../access/samples.ts';
import type { TestApp } from '../kit/app.ts';
import { afterFile } from '../kit/cleanup.ts';
import { everyRow } from '../kit/reach.ts';
import { seedTasks } from './kit.ts';

export const samples: Samples = {
  arguments: {
    'Query.task': async (owner, app) => ({ id: (await taskOf(owner, app)).id }),
    'Mutation.createTask': () => ({ input: { title: 'Buy milk' } }),
    'Mutation.updateTask': async (owner, app) => ({
      id: (await taskOf(owner, app)).id,
      input: { title: 'Sell milk' },
    }),
    'Mutation.deleteTask': async (owner, app) => ({ id: (await taskOf(owner, app)).id }),
  },
  settings: {
    'CreateTaskInput.blockedBy': async (owner, _asker, app) => ({
      input: { title: 'Drink milk', blockedBy: (await taskOf(owner, app)).id },
    }),
    'CreateTaskInput.ownerId': ({ user }) => ({ input: { title: 'Buy milk', ownerId: user.id } }),
    'UpdateTaskInput.blockedBy': async (owner, asker, app) => ({
      id: (await aTaskOf(asker ?? owner, app)).id,
      input: { blockedBy: (await taskOf(owner, app)).id },
    }),
    'UpdateTaskInput.ownerId': async (owner, asker, app) => ({
      id: (await aTaskOf(asker ?? owner, app)).id,
      input: { ownerId: owner.user.id },
    }),
  },
  objects: {
    Task: taskOf,
    TaskPermissions: taskOf,
    TaskConnection: pageOf,
    TaskEdge: async (owner, app) => (await pageOf(owner, app)).edges[0],
    TaskChange: async (owner, app) => ({
      kind: 'UPDATED',
      id: (await taskOf(owner, app)).id,
      ownerId: owner.user.id,
    }),
  },
  population: {
    async populate(person, mark, copies, { db }) {
      const kinds = STATUSES.flatMap((status) => [
        { status, title: `Buy ${mark}`, description: `For the ${mark}`, dueAt: new Date('2026-06-01') },
        { status, title: `Sell ${mark}`, createdAt: new Date('2026-02-01') },
      ]);
      const tasks = await seedTasks(db, person.user.id, Array.from({ length: copies }, () => kinds).flat());
      await db.$executeRaw`CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM "Task" WHERE FALSE`;
      afterFile(() => db.$executeRaw`DROP TABLE IF EXISTS kept`);
      await db.$executeRaw`INSERT INTO kept SELECT * FROM "Task" WHERE "ownerId" = ${person.user.id}::uuid`;
      const cursors = [];
      for (const field of ['CREATED_AT', 'DUE_AT', 'TITLE']) {
        const page = `{ tasks(first: 4, orderBy: { field: ${field} }) { edges { cursor } } }`;
        cursors.push(...(await person.ask(page)).data.tasks.edges.map((edge: { cursor: string }) => edge.cursor));
      }
      return { ids: { task: tasks.map(({ id }) => id) }, cursors, rows: tasks.length };
    },
    // What a mutation did to its own user's data would be counted in the next document.
    async putBack(_person, _mark, { db }) {
      await db.$executeRaw`
        DELETE FROM "Task" WHERE id NOT IN (
          SELECT task.id FROM "Task" task JOIN kept ON kept.id = task.id WHERE kept IS NOT DISTINCT FROM task)`;
      await db.$executeRaw`INSERT INTO "Task" SELECT * FROM kept ON CONFLICT DO NOTHING`;
    },
  },
  rows: {
    async Task({ db }) {
      const tasks = await db.task.findMany();
      return new Map(tasks.map(({ id, ownerId }) => [id, { OWNER: [ownerId] }]));
    },
  },
};

/** The owner's one task: always the same. */
function taskOf(owner: Newcomer, { db }: Pick<TestApp, 'db'>): Promise<Task> {
  const task = made.get(owner) ?? seedTasks(db, owner.user.id, [{ title: 'Buy milk' }]).then(([task]) => task as Task);
  made.set(owner, task);
  return task;
}

/** Another one. */
async function aTaskOf({ user }: Newcomer, { db }: Pick<TestApp, 'db'>): Promise<Task> {
  const [task] = await seedTasks(db, user.id, [{ title: 'Drink milk' }]);
  return task as Task;
}

const made = new WeakMap<Newcomer, Promise<Task>>();

async function pageOf(owner: Newcomer, { db }: TestApp) {
  await taskOf(owner, { db });
  return (await taskPages(db, everyRow('Task'), [owner.user.id], {}))(owner.user.id);
}

const STATUSES = ['TODO', 'IN_PROGRESS', 'DONE'] as const;
