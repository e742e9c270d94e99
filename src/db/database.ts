import type { ITXClientDenyList } from '@prisma/client/runtime/client';
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { WatchStatement } from '../telemetry/traces.ts';
import { embeddedAdapter, serverAdapter, serverPool, watched } from './adapters.ts';
import { type Embedded, openEmbedded, openInMemory } from './embedded.ts';
import { PrismaClient } from './generated/client.ts';
import { type Listen, listenEmbedded, listenOnServer } from './listen.ts';
import { readOver } from './rows.ts';

/** A client of the given storage, whose statements are watched. A server is not asked for anything before the first query. */
export async function openDatabase(storage: Storage, watch?: WatchStatement): Promise<Database> {
  if (storage.kind === 'server') {
    const { connections: max = POOL_SIZE, statementTimeout = STATEMENT_TIMEOUT } = storage;
    const settings = `-c statement_timeout=${statementTimeout} -c idle_in_transaction_session_timeout=10s`;
    // The server has the first word; one that hangs says none.
    const pool = serverPool(storage.url, { max, settings, patience: statementTimeout + 500 });
    const db = client(watched(serverAdapter(pool), watch));
    readOver({ pool, watch }, db);
    return {
      db,
      isShared: true,
      connections: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
      connectToMigrate: () => serverAdapter(serverPool(storage.url, { max: 1 })).connect(),
      listen: listenOnServer(storage.url),
      // The client ends what it was connected to, which is nothing before its first query.
      close: once(() => db.$disconnect().finally(() => pool.ended || pool.end())),
    };
  }
  const embedded =
    storage.kind === 'memory' ? await openInMemory(storage.snapshot) : await openEmbedded(storage.dataDir);
  return embeddedDatabase(embedded, watch);
}

export function embeddedDatabase(embedded: Embedded, watch?: WatchStatement): Database {
  const adapter = embeddedAdapter(embedded.pglite);
  const db = client(watched(adapter, watch));
  const close = once(() => db.$disconnect().finally(embedded.close));
  return {
    db,
    isShared: false,
    connections: null,
    connectToMigrate: () => adapter.connect(),
    listen: listenEmbedded(embedded.pglite),
    close,
  };
}

// Other formats put the arguments of the query into the message of an error.
const client = (adapter: SqlDriverAdapterFactory): Db => new PrismaClient({ adapter, errorFormat: 'minimal' });

function once(close: () => Promise<void>): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => {
    closed ??= close();
    return closed;
  };
}

const POOL_SIZE = 10;
/** Milliseconds. */
const STATEMENT_TIMEOUT = 5000;

export type Storage =
  | { kind: 'server'; url: string; connections?: number; statementTimeout?: number }
  | { kind: 'embedded'; dataDir: string }
  | { kind: 'memory'; snapshot?: Blob };

export type Db = PrismaClient;

/** What `db.$transaction(async (tx) => ...)` hands out. With embedded storage, using `db` inside would wait for itself. */
export type Transaction = Omit<Db, ITXClientDenyList>;

export interface Database {
  db: Db;
  /** Whether other processes may write to it. */
  isShared: boolean;
  /** Those of the pool at this moment; null in an embedded database, which has one. */
  connections: (() => { total: number; idle: number; waiting: number }) | null;
  /** A connection for migrations, without time limits: they may take longer than any request. */
  connectToMigrate(): Promise<SqlDriverAdapter>;
  listen: Listen;
  /** Ends the connections and gives the data directory back; the second call waits for the first. */
  close(): Promise<void>;
}
