import type { Viewer } from '../access/rules.ts';
import type { ErrorCode } from '../errors.ts';
import { verifyAccessToken } from './access-token.ts';
import type { AuthDeps } from './deps.ts';

/**
 * Who sends a request with these Authorization headers. The token is verified once; whether it may still be taken is judged
 * each time that `current` is asked, so that a mutation sees what the ones before it did.
 */
export async function identify(headers: string[], deps: AuthDeps): Promise<Identity> {
  let claimed = await claimedBy(headers, deps);
  return {
    current: () =>
      typeof claimed === 'string' ? claimed : (deps.revocations.objection(claimed, deps.now()) ?? claimed),
    sessionId: () => (typeof claimed === 'string' ? null : claimed.sessionId),
    become: (viewer) => {
      claimed = viewer;
    },
  };
}

/**
 * RFC 6750 §2.1: the scheme in any case, then one token, with spaces or tabs between. Another scheme is no access token, so
 * nothing was sent. Of two headers nobody can say which one counts, and a proxy may have judged by the other: neither.
 */
async function claimedBy([header = '', ...more]: string[], deps: AuthDeps): Promise<Viewer | ErrorCode> {
  if (more.length > 0) return 'INVALID_TOKEN';
  const [scheme, token = '', ...rest] = header.split(/[ \t]+/);
  if (scheme?.toLowerCase() !== 'bearer') return 'UNAUTHENTICATED';
  if (rest.length > 0) return 'INVALID_TOKEN';
  return (await verifyAccessToken(token, deps.keys, deps.lifetimes.accessToken, deps.now())) ?? 'INVALID_TOKEN';
}

export interface Identity {
  /** The viewer at this moment, or the code that says why there is none. */
  current(): Viewer | ErrorCode;
  /** The session of the access token, which need not be one that may still be taken: for logging out. */
  sessionId(): string | null;
  /** From here on the request speaks for the viewer who has just signed in. */
  become(viewer: Viewer): void;
}
