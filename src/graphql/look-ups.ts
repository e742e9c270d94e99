import type { GraphQLSchema } from 'graphql';
import { named, relationOf } from '../access/reach.ts';
import type { OwnerId, Viewer } from '../access/rules.ts';
import type { Context } from '../context.ts';
import type { Prisma } from '../db/generated/client.ts';
import { isId } from '../input.ts';
import { batchedLookUp } from './batch.ts';
import { reach } from './reach.ts';

/** What rules ask the database about rows. */
export const lookUp = {
  /** Whether a relation of the row, such as `shares.userId`, names the viewer; asked once for all the rows of a page. */
  isRelated: async (model: string, path: string, id: string, viewer: Viewer, context: Context) =>
    isId(id) && areRelated(id, `${model} ${path} ${viewer.id}`, context),

  /** To whom the row belongs: to nobody if there is none. Costs nothing where the row is its own owner. */
  ownerOf(model: string, column: string, id: string, { db }: Context): OwnerId | Promise<OwnerId> {
    if (column === 'id' || !isId(id)) return isId(id) ? id : null;
    const rows = db.$queryRaw<{ owner: string | null }[]>`
      SELECT ${named(column)} AS owner FROM ${named(model)} WHERE id = ${id}::uuid`;
    return rows.then(([row]) => row?.owner ?? null);
  },

  async reaches(model: string, id: string, context: Context, schema: GraphQLSchema) {
    if (!isId(id)) return false;
    const condition = reach(model as Prisma.ModelName, context, { schema });
    const rows = await context.db.$queryRaw<object[]>`
      SELECT id FROM ${named(model)} WHERE id = ${id}::uuid AND ${condition.sql}`;
    return rows.length === 1;
  },
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
