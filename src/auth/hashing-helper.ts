import { fork } from 'node:child_process';
import { AppError } from '../errors.ts';
import { type Argon2, HASHES_AT_ONCE } from './hashing.ts';

/**
 * Argon2 in a process of its own, which takes the processor time that nobody else wants, and all of that. It is there from the first
 * hash on, and from the next one where it has died; what it was asked then is refused with SERVICE_UNAVAILABLE. `main` is the
 * compiled file that it runs.
 */
export function argon2InHelper(main: string): Argon2 {
  let helper: Helper | null = null;
  const ask = <Value>(act: keyof Argon2, args: unknown[]): Promise<Value> => {
    helper ??= startHelper(main, () => {
      helper = null;
    });
    return helper(act, args) as Promise<Value>;
  };
  return { hash: (...args) => ask('hash', args), verify: (...args) => ask('verify', args) };
}

function startHelper(main: string, forget: () => void): Helper {
  const child = fork(main, [], {
    // No secret of ours, and no option of Node's, is any business of it.
    env: { UV_THREADPOOL_SIZE: String(HASHES_AT_ONCE) },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.unref();
  child.channel?.unref();

  const asked = new Map<number, (answer: Omit<Answer, 'id'> | AppError) => void>();
  let questions = 0;
  const end = (cause?: unknown) => {
    forget();
    child.kill('SIGKILL');
    for (const settle of asked.values()) settle(new AppError('SERVICE_UNAVAILABLE', 'hashing has died', { cause }));
    asked.clear();
  };
  child.on('message', ({ id, ...answer }: Answer) => {
    asked.get(id)?.(answer);
    asked.delete(id);
  });
  child.on('error', end).on('disconnect', end);

  return (act, args) =>
    new Promise((resolve, reject) => {
      const id = questions++;
      asked.set(id, (answer) => {
        if (answer instanceof AppError) return reject(answer);
        if (answer.error !== undefined) return reject(new Error(answer.error));
        resolve(answer.value);
      });
      child.send({ id, act, args } satisfies Question);
    });
}

type Helper = (act: keyof Argon2, args: unknown[]) => Promise<unknown>;

/** What the helper is told. */
export interface Question {
  id: number;
  act: keyof Argon2;
  args: unknown[];
}

export interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}
