import { availableParallelism } from 'node:os';
import inThisProcess from 'argon2';
import { isPossible, normalise } from './passwords.ts';
import { createTurns, type Turn } from './turns.ts';

/** Hashing with argon2id, which nobody can do but in a turn. Few turns are taken at once, and few wait. */
export function createHashing({ strength = OWASP_MINIMUM, argon2 = inThisProcess }: HashingOptions = {}): Hashing {
  // Two more than hash, for a turn has statements before and after. Few turns also keep right passwords that come at once from
  // being counted as so many guesses.
  const turns = createTurns(HASHES_AT_ONCE + 2);
  const settings = { type: inThisProcess.argon2id, ...strength };
  /** Costs the same to compare with, and no password belongs to it. */
  const nobodys = `$argon2id$v=19$m=${strength.memoryCost},t=${strength.timeCost},p=${strength.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

  const hasher: Hasher = {
    hash: (password) => argon2.hash(normalise(password), settings),
    async verify(hash, password) {
      const usable = hash !== null && PHC.test(hash) && isPossible(password);
      const matches = await (usable ? argon2.verify(hash, normalise(password)) : argon2.verify(nobodys, '-'));
      return usable && matches === true;
    },
    async renew(hash, password) {
      const { m, t } = PHC.exec(hash)?.groups ?? {};
      const weaker = Number(m) < strength.memoryCost || Number(t) < strength.timeCost;
      return weaker ? argon2.hash(normalise(password), settings) : null;
    },
  };

  return {
    waiting: turns.waiting,
    inTurn: (whose, work) => turns.take(whose, () => work(hasher)),
  };
}

/** More than there are processors would only take memory. */
export const HASHES_AT_ONCE = Math.min(4, availableParallelism());
/** OWASP's password storage cheat sheet: 19 MiB, two passes. */
const OWASP_MINIMUM: Strength = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** What argon2 can compare with: it throws out less memory than 8 KiB for each lane, and salts and hashes that are shorter. */
const PHC = /^\$argon2id\$v=19\$m=(?<m>\d{4,}),t=(?<t>[1-9]\d*),p=[1-9]\d?\$[A-Za-z\d+/]{11,}\$[A-Za-z\d+/]{16,}$/;

export interface Hashing {
  /** Does the work in a turn, or refuses with SERVICE_UNAVAILABLE where too many wait. The work must not ask for another turn. */
  inTurn<T>(turn: Turn, work: (hasher: Hasher) => Promise<T>): Promise<T>;
  /** How many wait for a turn. */
  waiting(): number;
}

export interface Hasher {
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the hash. Costs the same for no hash, a malformed one, and a password that nobody can have.
   * Throws where it cannot be told, which is no mismatch.
   */
  verify(hash: string | null, password: string): Promise<boolean>;
  /** The hash to store from now on, where this one is weaker than today's strength; null where it is not. */
  renew(hash: string, password: string): Promise<string | null>;
}

interface HashingOptions {
  strength?: Strength;
  /** What hashes: in this process, unless it is told. */
  argon2?: Argon2;
}

export interface Argon2 {
  hash(password: string, settings: Strength & { type: 2 }): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
}

interface Strength {
  /** KiB. */
  memoryCost: number;
  timeCost: number;
  parallelism: number;
}
