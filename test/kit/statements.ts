import { PGlite, type Transaction } from '@electric-sql/pglite';
import pg from 'pg';

/**
 * Every SQL statement that any connection of this process is sent while the work goes on, in order, but for those that begin and end
 * transactions, which PGlite sends by a way of its own, and those that a process sends by itself: to hear of changes, to read
 * revocations, and to send mails of before.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const listening = [listen(pg.Client.prototype, sent), listen(PGlite.prototype, sent), listenInside(sent)];
  try {
    await work();
  } finally {
    for (const stop of listening) stop();
  }
  return sent.filter((sql) => !APART.test(sql));
}

const APART =
  /^\s*(BEGIN\b|COMMIT\b|ROLLBACK\b|SET |SELECT now\(\)($| AS time, pg_snapshot)|WITH due AS|UPDATE ("public"\.)?"Mail")|FROM "Revocation"/;

function listen(to: object, sent: string[]) {
  return replace(
    to,
    'query',
    (query) =>
      function (this: unknown, statement: unknown, ...rest: unknown[]) {
        sent.push(typeof statement === 'string' ? statement : String(Reflect.get(Object(statement), 'text')));
        return query.call(this, statement, ...rest);
      },
  );
}

/** PGlite sends what is inside a transaction by another way. */
function listenInside(sent: string[]) {
  return replace(
    PGlite.prototype,
    'transaction',
    (transaction) =>
      function (this: unknown, work: unknown) {
        return transaction.call(this, (tx: Transaction) => {
          listen(tx, sent);
          return (work as (tx: Transaction) => unknown)(tx);
        });
      },
  );
}

function replace(object: object, name: string, replaced: (original: Method) => Method) {
  const own = Object.getOwnPropertyDescriptor(object, name);
  Reflect.set(object, name, replaced(Reflect.get(object, name)));
  return () => void (own ? Object.defineProperty(object, name, own) : Reflect.deleteProperty(object, name));
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
