import { randomUUID } from 'node:crypto';
import { errors, type JWTPayload } from 'jose';
import { z } from 'zod';
import type { User } from '../db/generated/client.ts';
import { Role } from '../db/generated/enums.ts';
import { isId } from '../input.ts';
import { customClaims } from './claims.ts';
import { seconds, signJwt, verifyJwt } from './jwt.ts';
import type { TokenKeys } from './keys.ts';

/** An access token (RFC 9068) with these claims of the user's, until `claims.expiresAt`. */
export function signAccessToken(claims: AccessClaims, user: User, keys: TokenKeys, now: Date) {
  return signJwt(
    {
      ...customClaims(user),
      iss: keys.issuer,
      aud: keys.audience,
      sub: claims.userId,
      sid: claims.sessionId,
      role: claims.role,
      auth_time: claims.authenticatedAt && seconds(claims.authenticatedAt),
      email_verified: claims.emailVerified,
      ver: claims.rightsVersion,
      jti: randomUUID(),
      iat: seconds(now),
      exp: seconds(claims.expiresAt),
    },
    TYP,
    keys.access,
  );
}

/**
 * What the token claims, or null for a token that we would not have issued. `expiresAt` may be past: `sessions/identify.ts` judges
 * that, with the revocations, each time that somebody asks. `ttl` is the longest that we sign for, in milliseconds.
 */
export async function verifyAccessToken(
  token: string,
  keys: TokenKeys,
  ttl: number,
  now: Date,
): Promise<AccessClaims | null> {
  const claims = Claims.safeParse(await authentic(token, keys, ttl, now));
  if (!claims.success) return null;
  const { sub, sid, role, auth_time, email_verified: emailVerified, ver, iat, exp } = claims.data;
  // The lifetime may have been cut since it was signed.
  const expiresAt = new Date(Math.min(exp * 1000, iat * 1000 + ttl));
  const authenticatedAt = auth_time === undefined ? null : new Date(auth_time * 1000);
  return { userId: sub, role, emailVerified, rightsVersion: ver, sessionId: sid, authenticatedAt, expiresAt };
}

async function authentic(token: string, keys: TokenKeys, ttl: number, now: Date): Promise<JWTPayload | null> {
  try {
    return await verifyJwt(token, keys.access, {
      typ: TYP,
      issuer: keys.issuer,
      audience: keys.audience,
      claims: ['sub', 'sid', 'role', 'ver', 'jti', 'iat', 'exp'],
      maxAge: ttl,
      now,
    });
  } catch (error) {
    return error instanceof errors.JWTExpired ? error.payload : null;
  }
}

const TYP = 'at+jwt';

/** Seconds: the longest ACCESS_TOKEN_TTL that can be configured. */
const LONGEST = 86_400;

/** jose checks that a claim is there, not what it is. */
const Claims = z
  .object({
    aud: z.union([z.string(), z.array(z.string())]),
    sub: z.string().refine(isId),
    sid: z.string().refine(isId),
    jti: z.uuid(),
    role: z.enum(Role),
    // Tokens of a version before these claims have none.
    auth_time: z.int().nonnegative().optional(),
    email_verified: z.boolean().default(false),
    ver: z.int().nonnegative(),
    iat: z.int().nonnegative(),
    exp: z.int(),
  })
  .refine(({ iat, exp }) => exp > iat && exp - iat <= LONGEST);

/** What an access token says. No `Viewer`: whoever sends it may have been signed out since. */
export interface AccessClaims {
  userId: string;
  role: Role;
  emailVerified: boolean;
  /** Of the user's rights when the token was signed. */
  rightsVersion: number;
  sessionId: string;
  /** When the user last proved who they are, in whole seconds (`auth_time`, OpenID Connect Core §2); null where nobody says. */
  authenticatedAt: Date | null;
  expiresAt: Date;
}
