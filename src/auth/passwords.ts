import { AppError } from '../errors.ts';
import { isCommon } from './common-passwords.ts';

/** Refuses with WEAK_PASSWORD, and the reason, a password that the policy does not let anybody choose. */
export async function refuseWeak(password: string, policy: PasswordPolicy): Promise<void> {
  const reason = await weaknessOf(password, policy);
  if (reason) throw new AppError('WEAK_PASSWORD', reason, { fields: { [policy.place]: reason }, reason });
}

/** Equal for all the ways in which a keyboard can enter the same characters (NIST SP 800-63B-4 §3.1.1.2). */
export const normalise = (password: string) => password.normalize('NFKC');

/** Whether anybody can have chosen it, whatever the minimum: what cannot be is not worth a hash. */
export const isPossible = (password: string) => password !== '' && isWellFormed(password) && !isTooLong(password);

async function weaknessOf(password: string, { minLength, email }: PasswordPolicy) {
  if (!isWellFormed(password)) return 'It holds half a character.';
  if (isTooLong(password)) return `It has more than ${MAX_LENGTH} characters.`;
  const normalised = normalise(password);
  // Check both lengths: NFKC turns U+FDFA into 18 characters, yet the user chose one.
  if (Math.min(lengthOf(password), lengthOf(normalised)) < minLength)
    return `It has fewer than ${minLength} characters.`;
  if ([email, email.split('@')[0], PRODUCT].includes(normalised.toLowerCase())) return 'It is easy to guess.';
  return (await isCommon(normalised, minLength)) ? 'It is one of the most common passwords.' : null;
}

/** NFKC makes one of four characters at most, each of two units: what is longer than that need not be looked at. */
const isTooLong = (password: string) => password.length > 8 * MAX_LENGTH || lengthOf(normalise(password)) > MAX_LENGTH;

/** In code points. */
const lengthOf = (text: string) => [...text].length;

/** Lone surrogates would all be hashed alike. */
const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text);

const PRODUCT = 'latchkey';
const MAX_LENGTH = 128;

export interface PasswordPolicy {
  /** In characters (code points), both as sent and as hashed. */
  minLength: number;
  email: string;
  /** In the arguments: `input.password`. */
  place: string;
}
