import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../../kit/client.ts';

/**
 * Some clients that ask one after the other without pause, of whichever server is theirs at the moment, until they are told to
 * stop. Each creates a task, or reads.
 */
export function underLoad(accessToken: string, serverOf: () => string): Load {
  const answers: LoadAnswer[] = [];
  const failures: unknown[] = [];
  let isOver = false;
  const client = async (number: number) => {
    for (let turn = 0; !isOver; turn++) {
      const title = number % 2 ? `${number}-${turn}` : null;
      const from = performance.now();
      const query = title ? `mutation { createTask(input: { title: "${title}" }) { id } }` : READ;
      try {
        const { ask } = createClient(serverOf(), { authorization: `Bearer ${accessToken}` });
        const { status, headers, data, errors = [] } = await ask(query);
        const codes = errors.map(({ extensions }) => extensions.code);
        const retryAfter = headers.get('retry-after');
        answers.push({ at: performance.now(), took: performance.now() - from, status, codes, retryAfter });
        if (title && data?.createTask) acknowledged.push(title);
        // Who is refused waits as long as any client would.
        if (codes.length > 0) await sleep(200);
      } catch (failure) {
        failures.push(failure);
        await sleep(50);
      }
    }
  };
  const acknowledged: string[] = [];
  const clients = Array.from({ length: CLIENTS }, (_, number) => client(number));
  return {
    answers,
    failures,
    acknowledged,
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
    },
  };
}

const READ = '{ me { email } tasks(first: 5) { totalCount nodes { id } } }';
const CLIENTS = 8;

export interface LoadAnswer {
  /** Milliseconds of this process' clock, and since it was asked. */
  at: number;
  took: number;
  status: number;
  codes: string[];
  retryAfter: string | null;
}

export interface Load {
  answers: LoadAnswer[];
  /** Requests that got no answer. */
  failures: unknown[];
  /** The titles of the tasks that were said to be created. */
  acknowledged: string[];
  stop(): Promise<void>;
}
