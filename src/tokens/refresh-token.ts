import { z } from 'zod';
import { seconds, signJwt, verifyJwt } from './jwt.ts';
import type { TokenKeys } from './keys.ts';

/** The refresh token of one generation of a session: a signed counter, so that the database holds nothing like it. */
export function signRefreshToken(ticket: RefreshTicket, keys: TokenKeys, expiresAt: Date, now: Date) {
  return signJwt(
    {
      iss: keys.issuer,
      aud: keys.issuer,
      sid: ticket.sessionId,
      gen: ticket.generation,
      iat: seconds(now),
      exp: seconds(expiresAt),
    },
    TYP,
    keys.refresh,
  );
}

/** The session and generation that the token names; null for any token that we would not have issued, or that is past its time. */
export async function verifyRefreshToken(
  token: string,
  keys: TokenKeys,
  ttl: number,
  now: Date,
): Promise<RefreshTicket | null> {
  try {
    const payload = await verifyJwt(token, keys.refresh, {
      typ: TYP,
      issuer: keys.issuer,
      audience: keys.issuer,
      claims: ['sid', 'gen', 'iat', 'exp'],
      maxAge: ttl,
      now,
    });
    const claims = Claims.safeParse(payload);
    return claims.success ? { sessionId: claims.data.sid, generation: claims.data.gen } : null;
  } catch {
    return null;
  }
}

const TYP = 'rt+jwt';

const Claims = z.object({ sid: z.uuid(), gen: z.int32().nonnegative() });

export interface RefreshTicket {
  sessionId: string;
  generation: number;
}
