import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import { AppError } from '../errors.ts';

/**
 * Does the work as one operation: few of its statements run at once, and when its time is over they are stopped, it can begin no
 * other, and whoever waits for it by `orLate` is refused.
 */
export function asOperation<T>(milliseconds: number, work: () => T): T {
  const operation = { endsAt: performance.now() + milliseconds, taken: 0, waiting: [], atEnd: new Set<() => void>() };
  const result = CURRENT.run(operation, work);
  if (!(result instanceof Promise)) return result;
  const timer = setTimeout(() => operation.atEnd.forEach((end) => void end()), milliseconds);
  const done = () => clearTimeout(timer);
  result.then(done, done);
  return result;
}

/** What the operation waits for; refuses with SERVICE_UNAVAILABLE when its time is over before. */
export function orLate<T>(result: Promise<T>): Promise<T> {
  const operation = CURRENT.getStore();
  if (!operation) return result;
  return new Promise((resolve, reject) => {
    const end = () => reject(tooLate());
    operation.atEnd.add(end);
    result.finally(() => operation.atEnd.delete(end)).then(resolve, reject);
  });
}

/** Refuses where the time of the operation is over, also where the process was too busy to end it. */
export function refuseLate() {
  if (isLate()) throw tooLate();
}

export const isLate = () => performance.now() > (CURRENT.getStore()?.endsAt ?? Infinity);

/** What is too dear by itself is refused before it begins, as OPERATION_REFUSED; what takes too long may not the next time. */
export const tooLate = () => new AppError('SERVICE_UNAVAILABLE', "the operation's time was over");

/**
 * Lends the connections of the pool: each operation has few at a time, whether for a statement or for a transaction, and those that
 * it has at its end are closed, whatever runs on them. Nobody has one for longer than `patience`, in milliseconds, where that is
 * given. Everybody who uses the pool gets them by `connect`, its own `query` too.
 */
export function lendToOperations(pool: pg.Pool, patience: number | undefined) {
  const connect: () => Promise<pg.PoolClient> = pool.connect.bind(pool);
  const atOnce = Math.min(AT_ONCE, Math.ceil(pool.options.max / 2));
  const lend = async (operation: Operation | undefined) => {
    if (operation) await takeTurn(operation, atOnce);
    const client = await connect().catch((error) => {
      if (operation) giveTurn(operation);
      throw error;
    });
    const cut = () => void client.end();
    const timer = patience ? setTimeout(cut, patience) : undefined;
    const release = client.release.bind(client);
    client.release = (error) => {
      clearTimeout(timer);
      operation?.atEnd.delete(cut);
      if (operation) giveTurn(operation);
      release(error);
    };
    operation?.atEnd.add(cut);
    return client;
  };

  pool.connect = (callback?: Lent) => {
    const client = lend(CURRENT.getStore());
    if (!callback) return client;
    client.then(
      (lent) => callback(undefined, lent, lent.release),
      (error) => callback(error, undefined, () => {}),
    );
    return undefined as never;
  };
}

/**
 * The same for what has no connections to lend: the embedded database, whose statements run one after the other, those of each
 * operation in turn with the others'. Nobody can stop one that runs.
 */
export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const operation = CURRENT.getStore();
  if (!operation) return work();
  await takeTurn(operation, 1);
  return work().finally(() => giveTurn(operation));
}

async function takeTurn(operation: Operation, atOnce: number) {
  refuseLate();
  if (operation.taken >= atOnce) await orLate(new Promise<void>((resolve) => operation.waiting.push(resolve)));
  else operation.taken++;
}

function giveTurn(operation: Operation) {
  const next = operation.waiting.shift();
  if (next) next();
  else operation.taken--;
}

/** Of the statements of one operation: one alone must not keep everybody else from the pool. */
const AT_ONCE = 4;

const CURRENT = new AsyncLocalStorage<Operation>();

interface Operation {
  endsAt: number;
  /** Turns at the database. */
  taken: number;
  waiting: (() => void)[];
  atEnd: Set<() => void>;
}

type Lent = (error: Error | undefined, client: pg.PoolClient | undefined, release: pg.PoolClient['release']) => void;
