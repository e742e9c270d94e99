import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import argon2 from 'argon2';
import pLimit from 'p-limit';
import { AppError } from '../errors.ts';
import { isPossible, normalise } from './passwords.ts';

/**
 * Hashing with argon2id, which nobody can do but in a turn. Few turns are taken at once and few wait; between turns that are waited
 * for, everybody else has the processor for as long as the last one took.
 */
export function createHashing({ strength = OWASP_MINIMUM, rest = sleep }: HashingOptions = {}): Hashing {
  /**
   * Hashing shares the processors and libuv's four threads with token verification, so it leaves one of each. Few turns also
   * keep right passwords that come at once from being counted as so many guesses.
   */
  const turns = pLimit(Math.min(3, Math.max(1, availableParallelism() - 1)));
  const settings = { type: argon2.argon2id, ...strength } as const;
  /** Costs the same to compare with, and no password belongs to it. */
  const nobodys = `$argon2id$v=19$m=${strength.memoryCost},t=${strength.timeCost},p=${strength.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

  const turn: Turn = {
    hash: (password) => argon2.hash(normalise(password), settings),
    async verify(hash, password) {
      const usable = hash !== null && PHC.test(hash) && isPossible(password);
      const matches = usable ? await argon2.verify(hash, normalise(password)).catch(() => null) : null;
      return matches ?? argon2.verify(nobodys, '-');
    },
    async renew(hash, password) {
      const { m, t } = PHC.exec(hash)?.groups ?? {};
      const weaker = Number(m) < strength.memoryCost || Number(t) < strength.timeCost;
      return weaker ? argon2.hash(normalise(password), settings) : null;
    },
  };

  return {
    async inTurn(work, mostWaiting = MOST_WAITING) {
      if (turns.pendingCount >= mostWaiting) {
        throw new AppError('SERVICE_UNAVAILABLE', 'too many passwords wait to be hashed');
      }
      return new Promise((resolve, reject) => {
        void turns(async () => {
          const started = performance.now();
          await work(turn).then(resolve, reject);
          if (turns.pendingCount > 0) await rest(performance.now() - started);
        });
      });
    },
  };
}

/** Of those who may wait for a turn, how many may be new: sign-ups leave room for whoever has an account. */
export const MOST_SIGNUPS_WAITING = 32;
const MOST_WAITING = 64;
/** OWASP's password storage cheat sheet: 19 MiB, two passes. */
const OWASP_MINIMUM: Strength = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const PHC = /^\$argon2id\$v=19\$m=(?<m>\d+),t=(?<t>\d+),p=\d+\$[\w+/]{11,}\$[\w+/]{16,}$/;

export interface Hashing {
  /** Does the work in a turn; refuses with SERVICE_UNAVAILABLE at once where too many wait. The work must not ask for another turn. */
  inTurn<T>(work: (turn: Turn) => Promise<T>, mostWaiting?: number): Promise<T>;
}

export interface Turn {
  hash(password: string): Promise<string>;
  /** Whether the password belongs to the hash. Costs the same for no hash, a malformed one, and a password that nobody can have. */
  verify(hash: string | null, password: string): Promise<boolean>;
  /** The hash to store from now on, where this one is weaker than today's strength; null where it is not. */
  renew(hash: string, password: string): Promise<string | null>;
}

interface HashingOptions {
  strength?: Strength;
  /** Waits for so many milliseconds. */
  rest?: (milliseconds: number) => Promise<unknown>;
}

interface Strength {
  /** KiB. */
  memoryCost: number;
  timeCost: number;
  parallelism: number;
}
