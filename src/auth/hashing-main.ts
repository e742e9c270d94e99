import { existsSync, readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import argon2 from 'argon2';
import type { Answer, Question } from './hashing-helper.ts';

// On Linux each thread has a priority of its own, which those inherit that it starts.
const threads = existsSync('/proc/self/task') ? readdirSync('/proc/self/task') : [process.pid];
for (const thread of threads) setPriority(Number(thread), constants.priority.PRIORITY_BELOW_NORMAL);

// A terminal signals to both processes, and a hash under way is still to be answered: only the end of the other one ends this.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());

process.on('message', async ({ id, act, args }: Question) => {
  const work = argon2[act] as (...args: unknown[]) => Promise<unknown>;
  const answer: Answer = await work(...args).then(
    (value) => ({ id, value }),
    ({ message }) => ({ id, error: message }),
  );
  process.send?.(answer);
});
