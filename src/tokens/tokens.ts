import type { Session, User } from '../db/generated/client.ts';
import { type AccessClaims, signAccessToken, verifyAccessToken } from './access-token.ts';
import type { TokenKeys } from './keys.ts';
import { createOneTimeTokens, type OneTimeTokens } from './one-time-token.ts';
import { type RefreshTicket, signRefreshToken, verifyRefreshToken } from './refresh-token.ts';

/** Issues and verifies tokens with keys that nobody else gets to see, resolvers least of all. */
export function createTokens(keys: TokenKeys, lifetimes: Lifetimes): Tokens {
  // A signature holds for ever; whether what it signs may still be taken is judged elsewhere, with each request.
  const verified = new Map<string, AccessClaims>();
  const verify = async (token: string, now: Date) => {
    const claims = await verifyAccessToken(token, keys, lifetimes.accessToken, now);
    if (!claims) return null;
    const [oldest] = verified.keys();
    if (verified.size >= MAX_VERIFIED && oldest !== undefined) verified.delete(oldest);
    verified.set(token, claims);
    return claims;
  };

  return {
    async issue(session, user, now) {
      const claims: AccessClaims = {
        userId: user.id,
        role: user.role,
        emailVerified: user.emailVerifiedAt !== null,
        rightsVersion: user.rightsVersion,
        sessionId: session.id,
        authenticatedAt: session.authenticatedAt,
        expiresAt: earlier(after(now, lifetimes.accessToken), session.idleExpiresAt),
      };
      const ticket = { sessionId: session.id, generation: session.generation };
      const [accessToken, refreshToken] = await Promise.all([
        signAccessToken(claims, user, keys, now),
        signRefreshToken(ticket, keys, session.idleExpiresAt, now),
      ]);
      const expiresIn = Math.round((claims.expiresAt.getTime() - now.getTime()) / 1000);
      return { accessToken, refreshToken, expiresIn, refreshExpiresAt: session.idleExpiresAt, claims, user };
    },
    verifyAccess: (token, now) => verified.get(token) ?? verify(token, now),
    verifyRefresh: (token, now) => verifyRefreshToken(token, keys, lifetimes.session, now),
    oneTime: createOneTimeTokens(keys.oneTime),
  };
}

/** Access tokens that are remembered: those who ask often, a few kB each at most. */
const MAX_VERIFIED = 2000;

export const after = (date: Date, milliseconds: number) => new Date(date.getTime() + milliseconds);
const earlier = (a: Date, b: Date) => (a < b ? a : b);

export interface Tokens {
  /**
   * The tokens of the session's current generation. `now` is from before the session and the user were read: whatever changes
   * after that is younger than the tokens, and ends them.
   */
  issue(session: Session, user: User, now: Date): Promise<TokenPair>;
  /** What the access token claims, in time or not; null for one that we would not have issued. */
  verifyAccess(token: string, now: Date): AccessClaims | Promise<AccessClaims | null>;
  /** What the refresh token names; null for one that we would not have issued, or that is past its time. */
  verifyRefresh(token: string, now: Date): Promise<RefreshTicket | null>;
  oneTime: OneTimeTokens;
}

export interface TokenPair {
  accessToken: string;
  refreshToken: string;
  /** Seconds until the access token expires. */
  expiresIn: number;
  refreshExpiresAt: Date;
  claims: AccessClaims;
  user: User;
}

/** All in milliseconds. */
export interface Lifetimes {
  accessToken: number;
  /** Idle limit: how long a session lives without a refresh. */
  refreshToken: number;
  /** Absolute limit: how long a session lives at most. */
  session: number;
  /** How long after a refresh the refresh token before it still gets the same answer. */
  refreshGrace: number;
}
