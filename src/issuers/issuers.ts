import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { TrustedIssuer } from '../config/trusted-issuers.ts';
import { asOperation, orLate } from '../db/operation.ts';
import type { Log } from '../log.ts';
import type { IdentifyExternal } from '../sessions/identify.ts';
import type { SessionDeps } from '../sessions/sessions.ts';
import type { AccessClaims } from '../tokens/access-token.ts';
import { accountOf } from './accounts.ts';
import { createVerifier, issuerIn } from './verifying.ts';

/**
 * Takes access tokens of other issuers for users of ours. What a token stands for is remembered for a minute, so that the usual
 * request costs no statement; the revocations judge it each time, as they judge our own. `timeout` is in milliseconds, for a look at
 * the database.
 */
export function createIssuers(
  trusted: TrustedIssuer[],
  deps: Omit<SessionDeps, 'tell' | 'circumstances'>,
  { log, timeout }: { log: Log; timeout: number },
): IdentifyExternal {
  const issuers = new Map(trusted.map((one) => [one.issuer, { ...one, verify: createVerifier(one, log) }]));
  const inLine = createLines();
  const known = new LRUCache<string, AccessClaims>({
    max: 2000,
    ttl: Math.min(REMEMBERED, deps.lifetimes.accessToken),
  });
  const recall = (key: string) => {
    const claims = known.get(key);
    // Where its rights are others by now, only a look can tell which: its client cannot refresh with us.
    return claims && deps.revocations.objection(claims, deps.now()) !== 'TOKEN_EXPIRED' ? claims : null;
  };

  return async (token, told) => {
    const issuer = issuers.get(issuerIn(token) ?? '');
    if (!issuer) return null;
    const key = createHash('sha256').update(token).digest('base64url');
    const remembered = recall(key);
    if (remembered) return remembered;
    const claims = await issuer.verify(token, deps.now());
    if (claims === null || claims === 'TOKEN_EXPIRED') return claims;
    const look = async () => {
      const meanwhile = recall(key);
      if (meanwhile) return meanwhile;
      const account = await accountOf({ ...deps, ...told }, issuer, claims);
      if (account !== 'SESSION_ENDED') known.set(key, account);
      return account;
    };
    return asOperation(timeout, () => orLate(inLine(`${issuer.issuer} ${claims.sub}`, look)));
  };
}

/** Each line does its work one after the other: however many tokens somebody has, they take one connection of the pool. */
function createLines() {
  const lines = new Map<string, Promise<unknown>>();
  return async <T>(line: string, work: () => Promise<T>): Promise<T> => {
    const result = (lines.get(line) ?? Promise.resolve()).then(work);
    const done = result.catch(() => {});
    lines.set(line, done);
    await done;
    if (lines.get(line) === done) lines.delete(line);
    return result;
  };
}

/** Milliseconds. */
const REMEMBERED = 60_000;
