import { decodeJwt } from 'jose';
import type { Tokens } from '../kit/requests.ts';

/** The rules of refreshing in a few lines without database, signature or race, to compare the server with. */
export function createModel(now: () => number) {
  const sessions: ModelSession[] = [];
  const isPast = ({ refreshToken }: Tokens) => expiryOf(refreshToken) <= now() - SKEW;
  return {
    sessions,
    isPast,

    signedIn(tokens: Tokens) {
      const [idle, absolute] = [now() + 7 * DAY, now() + 30 * DAY];
      sessions.push({ generation: 0, rotatedAt: now(), idle, absolute, ended: false, held: [tokens] });
    },

    /** Whether the refresh token is taken; what becomes of the session has become of it. */
    presented(session: ModelSession, generation: number, tokens: Tokens) {
      if (session.ended || now() >= session.idle || isPast(tokens)) return false;
      if (generation === session.generation) {
        Object.assign(session, { generation: generation + 1, rotatedAt: now() });
        session.idle = Math.min(now() + 7 * DAY, session.absolute);
        return true;
      }
      if (generation === session.generation - 1 && now() <= session.rotatedAt + 10 * SECOND) return true;
      session.ended = true;
      return false;
    },

    /** The code with which an access token is refused; null if it is taken. */
    codeOf(session: ModelSession, { accessToken }: Tokens) {
      if (expiryOf(accessToken) <= now()) return 'TOKEN_EXPIRED';
      return session.ended ? 'SESSION_ENDED' : null;
    },
  };
}

/** Tokens tell time in whole seconds. */
const expiryOf = (token: string) => (decodeJwt(token).exp as number) * SECOND;

export const SECOND = 1000;
export const DAY = 86_400 * SECOND;
/** By which the clocks of two replicas may differ. */
const SKEW = 5 * SECOND;

export type Model = ReturnType<typeof createModel>;

export interface ModelSession {
  generation: number;
  rotatedAt: number;
  idle: number;
  absolute: number;
  ended: boolean;
  /** What the client got, by generation; an answer that was lost left nothing. */
  held: Tokens[];
}
