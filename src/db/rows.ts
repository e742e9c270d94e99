import pg from 'pg';
import type { WatchStatement } from '../telemetry/traces.ts';
import type { Transaction } from './database.ts';
import { Prisma } from './generated/client.ts';

/**
 * The rows that a statement finds or changes, for the few that nearly every request sends: on a server by a named statement, which each
 * connection plans once, and without Prisma, which takes several times as long as PostgreSQL. In a transaction, and in the embedded
 * database, by Prisma. A statement that is named must name its columns (`columnsOf`): `*` fails once there is another.
 */
export function rows<Row>(db: Transaction, statement: Prisma.Sql): Promise<Row[]> {
  const connections = CONNECTIONS.get(db);
  return connections ? queried(connections, statement) : db.$queryRaw<Row[]>(statement);
}

/** From here on, what is read with this client is read over the connections of the pool. */
export const readOver = (connections: Connections, db: Transaction) => void CONNECTIONS.set(db, connections);

/** These columns, to SELECT from the table of this name. */
export const columnsOf = (table: string, names: readonly string[]) =>
  Prisma.raw(names.map((name) => `"${table}"."${name}"`).join(', '));

/** The same for the row that is joined to each under this name, for `nest` to put together. */
export const joinedColumnsOf = (table: string, names: readonly string[]) =>
  Prisma.raw(names.map((name) => `"${table}"."${name}" AS "${table}.${name}"`).join(', '));

/** Gives each row the one that was joined to it, under the name of its table. */
export function nest(found: object[], table: string, names: readonly string[]) {
  const columns = names.map((name) => ({ name, column: `${table}.${name}` }));
  for (const row of found as Record<string, unknown>[]) {
    const joined: Record<string, unknown> = {};
    for (const { name, column } of columns) joined[name] = row[column];
    row[table] = joined;
  }
}

export const allColumnsOf = (model: Prisma.ModelName): string[] => Object.values(Prisma[`${model}ScalarFieldEnum`]);

async function queried<Row>({ pool, watch }: Connections, { text, values }: Prisma.Sql): Promise<Row[]> {
  // The driver would write a date in the zone of this process, which had odd minutes until the last century.
  const written = values.map((value) => (value instanceof Date ? value.toISOString() : value));
  const run = () => pool.query({ name: nameOf(text), text, values: written, types: TYPES });
  const result = await (watch ? watch(text, run) : run());
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

/** What an answer reads of rows. */
export interface Asked {
  columns: readonly string[];
  /** Of the rows that belong to them, by the name of the field that shows them. */
  joined: Record<string, readonly string[]>;
  /** Whether any cursor, which tells the column by which the list is ordered. */
  cursors: boolean;
}

const CONNECTIONS = new WeakMap<object, Connections>();
const NAMES = new Map<string, string>();
const MAX_NAMES = 200;

// The driver's own parser makes 1901 of the year 1.
const TYPES = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.TIMESTAMPTZ
      ? (text: string) => new Date(text.replace(' ', 'T').replace(/\+00$/, 'Z'))
      : pg.types.getTypeParser(oid, format),
};

interface Connections {
  pool: pg.Pool;
  watch: WatchStatement | undefined;
}
