import { z } from 'zod';
import { type Reach, refuseClosed } from '../access/reach.ts';
import { badInput } from '../errors.ts';
import { instant, text } from '../input.ts';
import { Prisma } from './generated/client.ts';

/**
 * What to put into a SELECT for one page of a list of what the viewer reaches. A page is found from its cursor by comparing values, not by counting rows,
 * so that inserts and deletions elsewhere move nothing. SQL, since Prisma has no comparison of rows, without which the database
 * would walk from the start of the list to the cursor.
 */
export function pageQuery(args: PageArgs, order: Order, reach: Reach): PageQuery {
  refuseClosed(reach, order.shows ?? order.field);
  const { first, last } = args;
  if (first != null && last != null) throw badInput('last', 'Give either first or last.');
  const size = checkedSize('first', first) ?? checkedSize('last', last) ?? PAGE_SIZES.usual;
  const backwards = last != null;
  const after = args.after == null ? null : decode('after', args.after, order);
  const before = args.before == null ? null : decode('before', args.before, order);

  const column = Prisma.raw(`"${order.field}"`);
  const direction = Prisma.raw((order.direction === 'asc') === backwards ? 'DESC' : 'ASC');
  return {
    reached: reach.sql,
    between: Prisma.sql`${reach.sql} AND ${beyond(after, order, order.direction)} AND ${beyond(before, order, opposite(order.direction))}`,
    orderBy: Prisma.sql`${column} ${direction}, id ${direction}`,
    // One more than asked for: whether it is there says whether there is a next page.
    limit: size + 1,
    toPage: (found, list) => {
      for (const cursor of [after, before]) if (cursor && cursor.list !== list) throw notOfThisList(cursor.name);
      const more = found.length > size;
      const rows = found.slice(0, size);
      if (backwards) rows.reverse();
      const edges = rows.map((node) => ({ cursor: () => encode(node, order, list), node }));
      return {
        edges,
        pageInfo: {
          hasNextPage: backwards ? before !== null : more,
          hasPreviousPage: backwards ? more : after !== null,
          startCursor: () => edges[0]?.cursor() ?? null,
          endCursor: () => edges.at(-1)?.cursor() ?? null,
        },
      };
    },
  };
}

/** For LIKE: whatever holds this text, in which the wildcards are ordinary characters. */
export const containing = (search: string) => `%${search.replace(/[\\%_]/g, '\\$&')}%`;

/** The rows that come after a position: by value, and by id among equals. Nulls are the greatest, as in PostgreSQL. */
function beyond(position: Position | null, { field, type, nullable }: Order, direction: Direction) {
  if (!position) return Prisma.sql`TRUE`;
  const column = Prisma.raw(`"${field}"`);
  const than = Prisma.raw(direction === 'asc' ? '>' : '<');
  const id = Prisma.sql`${position.id}::uuid`;
  if (position.value === null) {
    const laterNulls = Prisma.sql`(${column} IS NULL AND id ${than} ${id})`;
    return direction === 'asc' ? laterNulls : Prisma.sql`(${column} IS NOT NULL OR ${laterNulls})`;
  }
  const further = Prisma.sql`(${column}, id) ${than} (${position.value}::${Prisma.raw(type)}, ${id})`;
  return nullable && direction === 'asc' ? Prisma.sql`(${further} OR ${column} IS NULL)` : further;
}

function encode(row: object, order: Order, list: string) {
  if (!(order.field in row))
    throw new Error(`A cursor needs ${order.field}, which was not read. Add readsCursor to the field.`);
  const position = [list, order.field, Reflect.get(row, order.field), Reflect.get(row, 'id')];
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function decode(name: string, cursor: string, order: Order): Position {
  const value = order.type === 'text' ? text(0, 1000) : written;
  const position = z
    .tuple([z.string(), z.literal(order.field), order.nullable ? value.nullable() : value, z.uuid()])
    .safeParse(parsed(cursor));
  if (!position.success) throw notOfThisList(name);
  return { name, list: position.data[0], value: position.data[2], id: position.data[3] };
}

/** As `encode` has written it: what else is an instant (more digits, an offset of a day) the database may not take. */
const written = instant.refine((value) => JSON.stringify(new Date(value)) === JSON.stringify(value));

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
}

const notOfThisList = (name: string) => badInput(name, 'Not a cursor of this list in this order.');

function checkedSize(name: string, size: number | null | undefined) {
  if (size == null) return null;
  if (size < 0 || size > PAGE_SIZES.most) throw badInput(name, `Must be from 0 to ${PAGE_SIZES.most}.`);
  return size;
}

const opposite = (direction: Direction): Direction => (direction === 'asc' ? 'desc' : 'asc');

export const PAGE_SIZES = { usual: 20, most: 100 };

type Direction = 'asc' | 'desc';

export interface Order {
  /** Of the row, and the column's name: never from input. */
  field: string;
  direction: Direction;
  type: 'timestamptz' | 'text';
  nullable?: boolean;
  /** The field of the type that the order shows, where it is called otherwise. */
  shows?: string;
}

/** As the Relay cursor connection specification has them. */
export interface PageArgs {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

interface Position {
  /** Of the argument. */
  name: string;
  /** To which the cursor belongs. */
  list: string;
  value: string | null;
  id: string;
}

interface PageQuery {
  /** Condition: the rows that the viewer reaches, for counting them. */
  reached: Prisma.Sql;
  /** Condition: those of them between the cursors. */
  between: Prisma.Sql;
  orderBy: Prisma.Sql;
  limit: number;
  /** The page that the rows make, in the order in which they were found. Refuses cursors of another list. */
  toPage<Row extends { id: string }>(found: Row[], list: string): Page<Row>;
}

export interface CountedPage<Row> extends Page<Row> {
  /** Of all pages; costs a query, and only when called. */
  totalCount(): Promise<number>;
}

export interface Page<Row> {
  edges: Edge<Row>[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor(): string | null;
    endCursor(): string | null;
  };
}

export interface Edge<Row> {
  cursor(): string;
  node: Row;
}
