import { named, relationOf } from '../access/reach.ts';
import type { Viewer } from '../access/rules.ts';
import type { Context } from '../context.ts';
import { batchedLookUp } from './batch.ts';

/** What rules ask the database, for all the rows of a page at once. */
export const lookUp = {
  /** Whether a relation of the row, such as `shares.userId`, names the viewer. */
  isRelated: (model: string, path: string, id: string, viewer: Viewer, context: Context) =>
    areRelated(id, `${model} ${path} ${viewer.id}`, context),
};

const areRelated = batchedLookUp(async (ids: string[], question: string, { db }) => {
  const [model = '', path = '', userId] = question.split(' ');
  const { table, key, column } = relationOf(model, path);
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT ${named(key)} AS id FROM ${named(table)}
    WHERE ${named(column)} = ${userId}::uuid AND ${named(key)} = ANY(${ids}::uuid[])`;
  const related = new Set(rows.map(({ id }) => id));
  return (id: string) => related.has(id);
});
