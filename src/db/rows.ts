import pg from 'pg';
import type { Transaction } from './database.ts';
import { Prisma } from './generated/client.ts';

/**
 * The rows that a statement finds, for the few reads that nearly every request makes: on a server by a named statement, which each
 * connection plans once, and without Prisma, which takes several times as long as PostgreSQL. In a transaction, and in the embedded
 * database, by Prisma. A statement that is named must name its columns (`columnsOf`): `*` fails once there is another.
 */
export function rows<Row>(db: Transaction, statement: Prisma.Sql): Promise<Row[]> {
  const pool = POOLS.get(db);
  return pool ? queried(pool, statement) : db.$queryRaw<Row[]>(statement);
}

/** From here on, what is read with this client is read over the connections of the pool. */
export const readOver = (pool: pg.Pool, db: Transaction) => void POOLS.set(db, pool);

/** The columns of a model, to SELECT from the table of this name. */
export function columnsOf(model: Prisma.ModelName, table: string = model) {
  const names = Object.values(Prisma[`${model}ScalarFieldEnum`]);
  return Prisma.raw(names.map((name) => `"${table}"."${name}"`).join(', '));
}

async function queried<Row>(pool: pg.Pool, { text, values }: Prisma.Sql): Promise<Row[]> {
  // The driver would write a date in the zone of this process, which had odd minutes until the last century.
  const written = values.map((value) => (value instanceof Date ? value.toISOString() : value));
  const result = await pool.query({ name: nameOf(text), text, values: written, types: TYPES });
  return result.rows;
}

/** One for each text; none for more texts than a connection should keep plans of. */
function nameOf(text: string) {
  const known = NAMES.get(text);
  if (known || NAMES.size >= MAX_NAMES) return known;
  const name = `rows_${NAMES.size}`;
  NAMES.set(text, name);
  return name;
}

const POOLS = new WeakMap<object, pg.Pool>();
const NAMES = new Map<string, string>();
const MAX_NAMES = 200;

// The driver's own parser makes 1901 of the year 1.
const TYPES = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.TIMESTAMPTZ
      ? (text: string) => new Date(text.replace(' ', 'T').replace(/\+00$/, 'Z'))
      : pg.types.getTypeParser(oid, format),
};
