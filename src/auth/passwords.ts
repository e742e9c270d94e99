import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import argon2 from 'argon2';
import pLimit from 'p-limit';
import { AppError } from '../errors.ts';
import { isCommon } from './common-passwords.ts';

/** Hashes with argon2id at OWASP's minimum (m=19 MiB, t=2, p=1), or refuses with WEAK_PASSWORD and the reason. */
export async function hashPassword(password: string, policy: PasswordPolicy): Promise<string> {
  const reason = await weaknessOf(password, policy);
  if (reason) throw new AppError('WEAK_PASSWORD', reason, { reason });
  return inTurn(() => argon2.hash(normalise(password), STRENGTH));
}

/**
 * Whether the password belongs to the hash. Costs the same for no hash, a malformed one, and a password that nobody can
 * have. To be called `inTurn`.
 */
export async function verifyPassword(hash: string | null, password: string): Promise<boolean> {
  const possible = password !== '' && isWellFormed(password) && !isTooLong(password);
  const usable = hash !== null && PHC.test(hash);
  const matches = usable && possible ? await argon2.verify(hash, normalise(password)).catch(() => null) : null;
  return matches ?? argon2.verify(NOBODYS_HASH, '-');
}

/** The hash to store from now on, where the stored one is weaker than today's strength; null where it is not. */
export function renewedHash(hash: string, password: string): Promise<string> | null {
  const { m, t } = PHC.exec(hash)?.groups ?? {};
  const weaker = Number(m) < STRENGTH.memoryCost || Number(t) < STRENGTH.timeCost;
  return weaker ? argon2.hash(normalise(password), STRENGTH) : null;
}

/**
 * Waits for a turn at hashing; refuses with SERVICE_UNAVAILABLE at once where too many wait. Between turns that are waited
 * for, everybody else has the processor for as long as the last one took.
 */
export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (turns.pendingCount >= MAX_WAITING) {
    throw new AppError('SERVICE_UNAVAILABLE', 'too many passwords wait to be hashed');
  }
  return new Promise((resolve, reject) => {
    void turns(async () => {
      const started = performance.now();
      await work().then(resolve, reject);
      if (turns.pendingCount > 0) await sleep(performance.now() - started);
    });
  });
}

async function weaknessOf(password: string, { minLength, email }: PasswordPolicy) {
  if (!isWellFormed(password)) return 'It holds half a character.';
  if (isTooLong(password)) return `It has more than ${MAX_LENGTH} characters.`;
  const normalised = normalise(password);
  // Both: U+FDFA becomes eighteen characters, and is one that was thought of.
  if (Math.min(lengthOf(password), lengthOf(normalised)) < minLength)
    return `It has fewer than ${minLength} characters.`;
  if ([email, email.split('@')[0], PRODUCT].includes(normalised.toLowerCase())) return 'It is easy to guess.';
  return (await isCommon(normalised, minLength)) ? 'It is one of the most common passwords.' : null;
}

/** Equal for all the ways in which a keyboard can enter the same characters (NIST SP 800-63B-4 §3.1.1.2). */
const normalise = (password: string) => password.normalize('NFKC');

/** NFKC makes one of four characters at most, each of two units: what is longer than that need not be looked at. */
const isTooLong = (password: string) => password.length > 8 * MAX_LENGTH || lengthOf(normalise(password)) > MAX_LENGTH;

/** In code points. */
const lengthOf = (text: string) => [...text].length;

/** Lone surrogates would all be hashed alike. */
const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text);

const PRODUCT = 'latchkey';
const MAX_LENGTH = 128;
const MAX_WAITING = 64;
const STRENGTH = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const PHC = /^\$argon2id\$v=19\$m=(?<m>\d+),t=(?<t>\d+),p=\d+\$[\w+/]{11,}\$[\w+/]{16,}$/;
/** Costs the same to compare with, and no password belongs to it. */
const NOBODYS_HASH = `$argon2id$v=19$m=${STRENGTH.memoryCost},t=${STRENGTH.timeCost},p=${STRENGTH.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;
/**
 * Hashing shares the processors and libuv's four threads with token verification, so it leaves one of each. Few turns also
 * keep right passwords that come at once from being counted as so many guesses.
 */
const turns = pLimit(Math.min(3, Math.max(1, availableParallelism() - 1)));

export interface PasswordPolicy {
  /** In characters (code points), both as sent and as hashed. */
  minLength: number;
  email: string;
}
