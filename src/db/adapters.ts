import { messages, type PGlite, type Transaction } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQueryable,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import type { WatchStatement } from '../telemetry/traces.ts';
import { inTurn, lendToOperations, refuseLate } from './operation.ts';

/** Connections to a PostgreSQL server, at most `max`; none of them waits without end. */
export function serverPool(url: string, { max, settings, patience }: ServerOptions): pg.Pool {
  const location = new URL(url);
  // Whatever the URL sets, ours comes last and wins: the adapters read and write times as if the zone were UTC.
  const options = `${location.searchParams.get('options') ?? ''} -c timezone=UTC ${settings ?? ''}`.trim();
  location.searchParams.delete('options');
  const connectionString = location.href;
  // No query_timeout for all: the driver makes for it what V8 keeps, rows too, until its next full collection. `lendToOperations` counts.
  const waits = { connectionTimeoutMillis: CONNECT_TIMEOUT };
  const pool = new pg.Pool({ connectionString, options, max, keepAlive: true, onConnect: stopWithUs, ...waits });
  lendToOperations(pool, patience);
  // A connection that breaks while nobody uses it would end the process.
  pool.on('error', () => {});
  return pool;
}

// A connection that is closed stops what runs on it only where the server looks: those before PostgreSQL 14, and on some platforms,
// cannot, and go on until their own limit.
const stopWithUs = (client: pg.ClientBase) =>
  client.query(STOP_WITH_US).then(
    () => {},
    () => {},
  );

/** Milliseconds. */
const CONNECT_TIMEOUT = 3000;
const STOP_WITH_US = { text: 'SET client_connection_check_interval = 500', query_timeout: CONNECT_TIMEOUT };

/** Ends the pool when it is disposed of. */
export const serverAdapter = (pool: pg.Pool): SqlDriverAdapterFactory =>
  withScripts(new PrismaPg(pool, { disposeExternalPool: true }), (adapter, script) =>
    adapter.executeRaw({ sql: script, args: [], argTypes: [] }),
  );

/** The one connection of an embedded database. */
export function embeddedAdapter(pglite: PGlite): SqlDriverAdapterFactory {
  return withScripts(new PrismaPGlite(mergingParsersOnce(pglite)), (_adapter, script) =>
    pglite.exec(script).catch(rethrow),
  );
}

// With each query the adapter hands over the same parsers of values, and PGlite would copy them and its own 400 into a new
// object each time: half of all memory that a busy server takes and drops.
function mergingParsersOnce(pglite: PGlite): PGlite {
  const alone = oneByOne();
  let merged = false;
  const query = (client: Pick<Transaction, 'query'>): Transaction['query'] => {
    return async (sql, values, { parsers, ...options } = {}) => {
      refuseLate();
      if (!merged) Object.assign(pglite.parsers, parsers);
      merged = true;
      await nextTurn();
      return client.query<never>(sql, values, options);
    };
  };
  const ofItsOwn = query(pglite);
  const inTransaction: PGlite['transaction'] = (work) =>
    inTurn(() => alone('transaction', () => pglite.transaction((tx) => work({ ...tx, query: query(tx) }))));
  // All of it that the adapter uses.
  return {
    query: (...args) => inTurn(() => alone('statement', () => ofItsOwn(...args))),
    exec: pglite.exec.bind(pglite),
    transaction: inTransaction,
  } as PGlite;
}

/**
 * Does one work at a time: statements first, so that whoever reads a row need not wait for everybody's sign-up, but after some of
 * them a transaction, so that no flood of them keeps it waiting.
 */
function oneByOne() {
  const waiting: Record<Work, (() => void)[]> = { statement: [], transaction: [] };
  let isBusy = false;
  let statementsInARow = 0;

  function giveTurn() {
    const isTransaction = waiting.statement.length === 0 || statementsInARow >= MOST_STATEMENTS_IN_A_ROW;
    const next = (isTransaction && waiting.transaction.shift()) || waiting.statement.shift();
    isBusy = next !== undefined;
    next?.();
  }

  return async <T>(kind: Work, work: () => Promise<T>): Promise<T> => {
    if (isBusy) await new Promise<void>((resolve) => waiting[kind].push(resolve));
    isBusy = true;
    statementsInARow = kind === 'statement' ? statementsInARow + 1 : 0;
    return work().finally(giveTurn);
  };
}

const MOST_STATEMENTS_IN_A_ROW = 8;

// PGlite goes from one statement to the next without a turn of the event loop: whoever asks without pause would keep everybody
// else's requests from being read.
async function nextTurn() {
  if (performance.now() - turnAt < MOST_WITHOUT_TURN) return;
  await new Promise((resolve) => setImmediate(resolve));
  turnAt = performance.now();
}

let turnAt = 0;
/** Milliseconds. */
const MOST_WITHOUT_TURN = 5;

// Migrations are scripts, and neither adapter runs one as PostgreSQL would: the first cuts it at every semicolon, those in
// strings and function bodies too, and the second neither waits for its end nor hears of its failure.
function withScripts(factory: SqlDriverAdapterFactory, run: RunScript): SqlDriverAdapterFactory {
  const connect = async () => {
    const adapter = await factory.connect();
    adapter.executeScript = async (script) => void (await run(adapter, script));
    return adapter;
  };
  return { provider: factory.provider, adapterName: factory.adapterName, connect };
}

function rethrow(error: unknown): never {
  if (!(error instanceof messages.DatabaseError)) throw error;
  const { code = 'N/A', severity = 'ERROR', message, detail, column, hint } = error;
  throw new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint });
}

/** Has every statement watched, those of transactions too. */
export function watched(factory: SqlDriverAdapterFactory, watch: WatchStatement | undefined): SqlDriverAdapterFactory {
  if (!watch) return factory;
  const watching = <Queryable extends SqlQueryable>(queryable: Queryable) => {
    const [queryRaw, executeRaw] = [queryable.queryRaw.bind(queryable), queryable.executeRaw.bind(queryable)];
    queryable.queryRaw = (query) => watch(query.sql, () => queryRaw(query));
    queryable.executeRaw = (query) => watch(query.sql, () => executeRaw(query));
    return queryable;
  };
  const connect = async () => {
    const adapter = watching(await factory.connect());
    const startTransaction = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (level) => watching(await startTransaction(level));
    return adapter;
  };
  return { provider: factory.provider, adapterName: factory.adapterName, connect };
}

interface ServerOptions {
  /** Connections. */
  max: number;
  /** As psql takes them: `-c name=value`. */
  settings?: string;
  /** Milliseconds that anybody may keep a connection; without end where there are none. */
  patience?: number;
}

type Work = 'statement' | 'transaction';

type RunScript = (adapter: SqlDriverAdapter, script: string) => Promise<unknown>;
