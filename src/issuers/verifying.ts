import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { TrustedIssuer } from '../config/trusted-issuers.ts';
import { AppError } from '../errors.ts';
import { text } from '../input.ts';
import type { Log } from '../log.ts';
import { publishedKeys } from './keys.ts';

/** Verifies access tokens of this issuer by the keys that it publishes. States all it relies on (RFC 8725 §3). */
export function createVerifier(trusted: TrustedIssuer, log: Log): Verify {
  const { issuer, audience, algorithms } = trusted;
  const keyFor = publishedKeys(trusted, log);
  const getKey: JWTVerifyGetKey = (header, token) => {
    if (Object.keys(header).some((name) => !HEADER.has(name)) || !TYPES.has(header.typ?.toLowerCase() ?? 'jwt')) {
      throw new errors.JWTInvalid('Not an access token.');
    }
    return keyFor(header, token);
  };
  return async (token, now) => {
    if (token.length > MAX_LENGTH) return null;
    try {
      const { payload } = await jwtVerify(token, getKey, {
        issuer,
        audience,
        algorithms,
        requiredClaims: ['sub', 'iat', 'exp'],
        maxTokenAge: '1 day',
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: now,
      });
      return claimsIn(payload);
    } catch (error) {
      if (error instanceof AppError) throw error;
      return error instanceof errors.JWTExpired && error.claim === 'exp' ? 'TOKEN_EXPIRED' : null;
    }
  };
}

/** Whose token it says it is, which nobody has verified; null for what is no token. */
export function issuerIn(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? null;
  } catch {
    return null;
  }
}

function claimsIn(payload: JWTPayload): ExternalClaims | null {
  const claims = Claims.safeParse(payload);
  return claims.success && OTHER_USES.every((name) => !(name in payload)) ? { ...payload, ...claims.data } : null;
}

/** jose checks that a claim is there, not what it is. */
const Claims = z.object({
  sub: text(1, 255),
  iat: z.int().nonnegative(),
  exp: z.int(),
  sid: text(1, 255).optional(),
  auth_time: z.number().nonnegative().optional().catch(undefined),
  // Keycloak says here what a token is for.
  typ: z.literal('Bearer').optional(),
});

/**
 * By which a token of other use gives itself away (RFC 8725 §3.11): OpenID's ID tokens and logout tokens are for its client, and one
 * that is bound to a key (RFC 7800) is not to be taken from whoever bears it.
 */
const OTHER_USES = ['nonce', 'at_hash', 'c_hash', 'events', 'cnf'];
/** RFC 8725 §3.10: no key that the token brings along or names an address of, and nothing critical, for we know of none. */
const HEADER = new Set(['alg', 'typ', 'kid', 'x5t', 'x5t#S256']);
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);
/** Characters. */
const MAX_LENGTH = 4096;
/** Seconds. */
const CLOCK_TOLERANCE = 5;

/** What a token claims; null for one that the issuer has not made for us. Refuses with SERVICE_UNAVAILABLE where nobody can tell. */
export type Verify = (token: string, now: Date) => Promise<ExternalClaims | 'TOKEN_EXPIRED' | null>;

export type ExternalClaims = z.output<typeof Claims> & Record<string, unknown>;
