import type { Viewer } from '../access/rules.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { AccessClaims } from '../tokens/access-token.ts';
import type { SessionDeps } from './sessions.ts';

/**
 * Who sends a request with these Authorization headers. The token is verified once; whether it may still be taken is judged
 * each time that somebody asks for the viewer, so that a mutation sees what the ones before it did.
 */
export async function identify(headers: string[], deps: IdentifyDeps, told: Told): Promise<Identity> {
  let claimed = await claimedBy(headers, deps, told);
  const current = () => {
    if (typeof claimed === 'string') return claimed;
    const { userId: id, role, emailVerified, sessionId, authenticatedAt } = claimed;
    const now = deps.now();
    const isRecent = authenticatedAt !== null && isWithin(RECENT, authenticatedAt, now);
    return deps.revocations.objection(claimed, now) ?? { id, role, emailVerified, sessionId, isRecent };
  };
  return {
    ...asking(current),
    userId: () => (typeof claimed === 'string' ? undefined : claimed.userId),
    sessionId: () => (typeof claimed === 'string' ? null : claimed.sessionId),
    become: (claims) => {
      claimed = claims;
    },
  };
}

/** The viewer as of this moment, until somebody signs in: for an answer about what has just ended the viewer's own right. */
export function holdIdentity(identity: Identity): Identity {
  let held = identity.current();
  return {
    ...identity,
    ...asking(() => held),
    become: (claims) => {
      identity.become(claims);
      held = identity.current();
    },
  };
}

/** The ways to ask for the viewer. */
const asking = (current: () => Viewer | ErrorCode) => ({
  current,
  viewer: () => {
    const viewer = current();
    if (typeof viewer === 'string') throw new AppError(viewer, 'nobody may be taken for the viewer');
    return viewer;
  },
  viewerOrNull: () => {
    const viewer = current();
    return typeof viewer === 'string' ? null : viewer;
  },
});

/**
 * RFC 6750 §2.1: the scheme in any case, then one token, with spaces or tabs between. Another scheme is no access token, so
 * nothing was sent. Of two headers nobody can say which one counts, and a proxy may have judged by the other: neither.
 */
async function claimedBy([header = '', ...more]: string[], deps: IdentifyDeps, told: Told) {
  if (more.length > 0) return 'INVALID_TOKEN';
  const [scheme, token = '', ...rest] = header.split(/[ \t]+/);
  if (scheme?.toLowerCase() !== 'bearer') return 'UNAUTHENTICATED';
  if (rest.length > 0) return 'INVALID_TOKEN';
  return (await deps.tokens.verifyAccess(token, deps.now())) ?? (await deps.external(token, told)) ?? 'INVALID_TOKEN';
}

/** A time to come, beyond what clocks differ by, is nobody's sign-in. */
function isWithin(milliseconds: number, date: Date, now: Date) {
  const age = now.getTime() - date.getTime();
  return age <= milliseconds && age >= -CLOCK_TOLERANCE;
}

/** Milliseconds. */
const CLOCK_TOLERANCE = 5000;
/** Milliseconds since somebody has proven who they are in which what RECENT guards may be done (ASVS 5.0, 7.5.1 and 7.5.3). */
const RECENT = 600_000;

/** The only source of viewers: what a token claims is judged here and nowhere else. */
export interface Identity {
  /** The viewer at this moment, or the code that says why there is none. */
  current(): Viewer | ErrorCode;
  /** The viewer at this moment; refuses with the code that says why there is none. */
  viewer(): Viewer;
  /** The viewer at this moment, or null, whyever there is none. */
  viewerOrNull(): Viewer | null;
  /** Whom the access token names, which need not be one that may still be taken: for the log. */
  userId(): string | undefined;
  /** The session of the access token, which need not be one that may still be taken: for logging out. */
  sessionId(): string | null;
  /** From here on the request speaks for the user who has just signed in. */
  become(claims: AccessClaims): void;
}

interface IdentifyDeps extends Pick<SessionDeps, 'tokens' | 'revocations' | 'now'> {
  external: IdentifyExternal;
}

/** What the token of another issuer claims, or the code that says why it may not be taken; null where it is none of theirs. */
export type IdentifyExternal = (token: string, told: Told) => Promise<AccessClaims | ErrorCode | null>;

/** To whom it is told if somebody is new here. */
type Told = Pick<SessionDeps, 'tell' | 'circumstances'>;
