import { badInput } from '../errors.ts';

/**
 * The one spelling under which an email is stored and looked up: trimmed, NFKC, lower case. Null for what is no email, and
 * for one with a letter that those steps would turn into another's: such a letter must not reach another's account.
 */
export function normaliseEmail(email: string): string | null {
  const trimmed = email.trim();
  if (trimmed.length > MAX_LENGTH || [...trimmed].some(passesForAscii)) return null;
  // Twice, for a small letter may be one with its mark where the capital was not: U+01F0.
  const normalised = trimmed.normalize('NFKC').toLowerCase().normalize('NFKC');
  return normalised.length <= MAX_LENGTH && EMAIL.test(normalised) ? normalised : null;
}

/** The email in its one spelling, or BAD_USER_INPUT for this place of the input. */
export function checkedEmail(email: string, place: string): string {
  const normalised = normaliseEmail(email);
  if (!normalised) throw badInput(place, 'Must be an email address in ordinary letters.');
  return normalised;
}

/** U+212A KELVIN SIGN becomes k, U+FF41 FULLWIDTH LATIN SMALL LETTER A becomes a, and so on. */
const passesForAscii = (letter: string) => letter > '\x7f' && /[\0-\x7f]/.test(letter.normalize('NFKC').toLowerCase());

/** RFC 5321 §4.5.3.1.3, less the angle brackets. */
const MAX_LENGTH = 254;

/** Nothing that cannot be seen, for two emails must not look the same because of it. */
const EMAIL = /^[^\s@\p{Cc}\p{Cf}\p{Surrogate}]+@[^\s@\p{Cc}\p{Cf}\p{Surrogate}]+$/u;
