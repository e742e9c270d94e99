import type { Viewer } from '../access/rules.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { AccessClaims } from '../tokens/access-token.ts';
import type { SessionDeps } from './sessions.ts';

/**
 * Who sends a request with these Authorization headers. The token is verified once; whether it may still be taken is judged
 * each time that somebody asks for the viewer, so that a mutation sees what the ones before it did.
 */
export async function identify(headers: string[], deps: IdentifyDeps): Promise<Identity> {
  let claimed = await claimedBy(headers, deps);
  const current = () => {
    if (typeof claimed === 'string') return claimed;
    const { userId: id, role, sessionId } = claimed;
    return deps.revocations.objection(claimed, deps.now()) ?? { id, role, sessionId };
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
async function claimedBy([header = '', ...more]: string[], deps: IdentifyDeps): Promise<AccessClaims | ErrorCode> {
  if (more.length > 0) return 'INVALID_TOKEN';
  const [scheme, token = '', ...rest] = header.split(/[ \t]+/);
  if (scheme?.toLowerCase() !== 'bearer') return 'UNAUTHENTICATED';
  if (rest.length > 0) return 'INVALID_TOKEN';
  return (await deps.tokens.verifyAccess(token, deps.now())) ?? 'INVALID_TOKEN';
}

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

type IdentifyDeps = Pick<SessionDeps, 'tokens' | 'revocations' | 'now'>;
