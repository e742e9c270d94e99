import { Prisma } from '../db/generated/client.ts';
import { getDatamodel } from '../db/generated/pothos.ts';
import { AppError } from '../errors.ts';
import type { Viewer, Vocabulary } from './rules.ts';

/**
 * The condition under which the viewer satisfies one of the rules for a row of the model, as lists, counts, cursors and writes need
 * it. The judging of an object follows from the same two declarations: the owner's column, and the relation of each rule.
 */
export function reachBy<Model extends Prisma.ModelName>(
  model: Model,
  rule: string[],
  { owner, related }: RowDeclaration,
  rules: Vocabulary,
  viewer: Viewer | null,
): Reach<Model> {
  const entries = rule.flatMap((name) => {
    const entry = rules[name];
    return entry ? [{ name, entry }] : [];
  });
  if (entries.some(({ entry }) => 'who' in entry && entry.who(viewer))) return everything(model);
  if (!viewer) return nothing(model);
  const ways = entries.flatMap(({ name, entry }): Way[] => {
    if (entry.of === 'owner' && owner) return [ofOwner(model, owner, viewer)];
    const path = entry.of === 'relation' && related?.[name];
    return path ? [ofRelation(model, path, viewer)] : [];
  });
  if (ways.length === 0) return nothing(model);
  return {
    model,
    sql: Prisma.sql`(${Prisma.join(
      ways.map(({ sql }) => sql),
      ' OR ',
    )})`,
    where: { OR: ways.map(({ where }) => where) } as WhereOf<Model>,
  } as Reach<Model>;
}

/** Both conditions. */
export const both = <Model extends Prisma.ModelName>(one: Reach<Model>, other: Reach<Model>): Reach<Model> =>
  ({
    ...one,
    sql: Prisma.sql`${one.sql} AND ${other.sql}`,
    where: { AND: [one.where, other.where] } as WhereOf<Model>,
  }) as Reach<Model>;

/** The relation and the column of the user's id in it, of a path such as `shares.userId`; throws where there is no such relation. */
export function relationOf(model: string, path: string): Relation {
  const [name = '', column = ''] = path.split('.');
  datamodel ??= getDatamodel().datamodel;
  const { models } = datamodel;
  const field = models[model]?.fields.find((field) => field.name === name);
  const back = models[field?.type ?? '']?.fields.find(
    ({ kind, type, relationName }) => kind === 'object' && type === model && relationName === field?.relationName,
  );
  const [key] = back?.relationFromFields ?? [];
  const known = models[field?.type ?? '']?.fields.some((other) => other.name === column);
  if (!field || !key || !known) throw new Error(`${path} is no relation of ${model} with a column of users' ids.`);
  return { name, table: field.type, key, column };
}

/** Parsed from a text, so only once. */
let datamodel: ReturnType<typeof getDatamodel>['datamodel'] | undefined;

const everything = <Model extends Prisma.ModelName>(model: Model) =>
  ({ model, sql: Prisma.sql`TRUE`, where: {} }) as Reach<Model>;

const nothing = <Model extends Prisma.ModelName>(model: Model) =>
  ({ model, sql: Prisma.sql`FALSE`, where: { id: { in: [] } } }) as unknown as Reach<Model>;

const ofOwner = (model: string, column: string, { id }: Viewer): Way => ({
  sql: Prisma.sql`${named(model, column)} = ${id}::uuid`,
  where: { [column]: id },
});

function ofRelation(model: string, path: string, { id }: Viewer): Way {
  const { name, table, key, column } = relationOf(model, path);
  return {
    sql: Prisma.sql`EXISTS (SELECT 1 FROM ${named(table)} AS related
      WHERE related.${named(key)} = ${named(model, 'id')} AND related.${named(column)} = ${id}::uuid)`,
    where: { [name]: { some: { [column]: id } } },
  };
}

/** Names of tables and columns, which are never from input. */
export const named = (...parts: string[]) => Prisma.raw(parts.map((part) => `"${part}"`).join('.'));

/** What a type says of its rows; names of columns and relations, never from input. */
export interface RowDeclaration {
  /** The column with the owner's id. */
  owner?: string | undefined;
  /** For each rule about a relation: the relation, and in it the column with the user's id, as in `shares.userId`. */
  related?: Record<string, string> | undefined;
}

declare const made: unique symbol;

/** Which rows of a model the viewer reaches. Made from rules alone: nobody else can write one. */
export interface Reach<Model extends Prisma.ModelName = Prisma.ModelName> {
  readonly [made]: true;
  readonly model: Model;
  /** Over the columns of the table under its own name. */
  readonly sql: Prisma.Sql;
  readonly where: WhereOf<Model>;
  /** Fields of the type that the viewer may not read, for a rule of their own: nothing may be filtered or ordered by them. */
  readonly closed?: ReadonlyMap<string, string[]>;
}

/** Refuses with FORBIDDEN to filter or order by what the viewer may not read: the order of a list would tell it. */
export function refuseClosed({ model, closed }: Reach, field: string) {
  const anyOf = closed?.get(field);
  if (!anyOf) return;
  const rule = { on: `${model}.${field}`, anyOf };
  throw new AppError('FORBIDDEN', `${rule.on} may not be read, so nothing is found by it`, { rule });
}

export type WhereOf<Model extends Prisma.ModelName> = NonNullable<
  Prisma.TypeMap['model'][Model]['operations']['findMany']['args']['where']
>;

interface Way {
  sql: Prisma.Sql;
  where: object;
}

interface Relation {
  name: string;
  table: string;
  /** The column of the table that holds the object's id. */
  key: string;
  column: string;
}
