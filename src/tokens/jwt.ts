import { type JWTHeaderParameters, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { TokenKey } from './keys.ts';

/** Signs with the first key. `exp` and `iat` are whole seconds since the epoch (RFC 7519 §2). */
export async function signJwt(payload: JWTPayload, typ: string, [key]: TokenKey[]) {
  if (!key) throw new Error('No key to sign with.');
  const token = await new SignJWT(payload).setProtectedHeader({ alg: key.alg, typ, kid: key.kid }).sign(key.signing);
  if (token.length > MAX_LENGTH) throw new Error(`A token of ${token.length} characters would be refused: claim less.`);
  return token;
}

/**
 * The claims of a token that one of the keys signed, for this use and these parties, still in time; throws jose's errors
 * for any other, JWTExpired only for one that is in order but for its time. States all it relies on (RFC 8725 §3); the types
 * of claims are left to the caller.
 */
export async function verifyJwt(token: string, keys: TokenKey[], expected: Expected) {
  if (token.length > MAX_LENGTH || !hasOneSpelling(token)) throw new Error('Too long, or not base64url.');
  const { payload } = await jwtVerify(token, (header) => keyFor(header, keys).verifying, {
    algorithms: [...new Set(keys.map((key) => key.alg))],
    typ: expected.typ,
    issuer: expected.issuer,
    audience: expected.audience,
    requiredClaims: expected.claims,
    maxTokenAge: expected.maxAge / 1000,
    currentDate: expected.now,
    clockTolerance: CLOCK_TOLERANCE,
  });
  return payload;
}

export const seconds = (date: Date) => Math.floor(date.getTime() / 1000);

/** RFC 4648 §3: decoders let padding, line ends, other alphabets and stray bits pass, so that one token had many texts. */
const hasOneSpelling = (token: string) =>
  token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);

/** One of ours, whatever the token says of keys: a header that we do not write (jwk, jku, x5u, x5c, crit …) is no token of ours. */
function keyFor(header: JWTHeaderParameters, keys: TokenKey[]) {
  const key = keys.find(({ kid, alg }) => kid === header.kid && alg === header.alg);
  if (!key || Object.keys(header).some((name) => !HEADER.has(name))) throw new Error('None of our keys and headers.');
  return key;
}

const HEADER = new Set(['alg', 'typ', 'kid']);
const MAX_LENGTH = 4096;
/** Seconds by which the clocks of two replicas may differ. */
const CLOCK_TOLERANCE = 5;

interface Expected {
  typ: string;
  issuer: string;
  audience: string;
  claims: string[];
  /** Milliseconds since iat. */
  maxAge: number;
  now: Date;
}
