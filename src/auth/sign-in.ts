import type { Viewer } from '../access/rules.ts';
import type { User } from '../db/generated/client.ts';
import { AppError, badInput } from '../errors.ts';
import { type Proof, type SessionDeps, type SignInOrigin, startSession } from '../sessions/sessions.ts';
import type { EventFacts, Tell } from '../telemetry/events.ts';
import type { TokenPair } from '../tokens/tokens.ts';
import { normaliseEmail } from '../users/email.ts';
import { checkedName, createUser } from '../users/users.ts';
import type { Hashing } from './hashing.ts';
import { refuseWeak } from './passwords.ts';
import { type Guess, type RateLimits, siteOf } from './rate-limits.ts';

/** Opens an account and signs in. Refuses with BAD_USER_INPUT, WEAK_PASSWORD, RATE_LIMITED or EMAIL_TAKEN. */
export async function signup(deps: AuthDeps, input: SignupInput, origin: SignInOrigin): Promise<TokenPair> {
  const email = normaliseEmail(input.email);
  if (!email) throw badInput('input.email', 'Must be an email address in ordinary letters.');
  const name = checkedName(input.name);
  await refuseWeak(input.password, { minLength: deps.minPasswordLength, email, place: 'input.password' });
  const throttled = tellThrottled(deps.tell, { email });
  const turn = { whose: siteOf(origin.address), isSignup: true };
  const hash = await deps.hashing.inTurn(turn, async (hasher) => {
    // In the turn: a flood that is not even let wait costs the database nothing.
    await deps.limits.countSignup(origin.address).catch(throttled);
    return hasher.hash(input.password);
  });
  const user = await createUser(deps.db, { email, name, passwordHash: hash }, deps.now());
  deps.tell('SIGNED_UP', { userId: user.id });
  return (await startSession(deps, { userId: user.id, hash }, origin)) ?? login(deps, input, origin);
}

/** Signs in, or refuses with INVALID_CREDENTIALS or RATE_LIMITED: alike, in content and work, whatever it is that is wrong. */
export async function login(deps: AuthDeps, input: Credentials, origin: SignInOrigin): Promise<TokenPair> {
  const email = normaliseEmail(input.email);
  const guess = { email: email ?? input.email, address: origin.address };
  const proof = await proveIdentity(deps, email, input.password, guess);
  if (!proof) throw new AppError('INVALID_CREDENTIALS', 'unknown email, wrong password or disabled account');
  const tokens = await startSession(deps, proof, origin);
  if (!tokens) return login(deps, input, origin);
  deps.tell('SIGNED_IN', { userId: proof.userId, sessionId: tokens.claims.sessionId });
  return tokens;
}

/** Asks a signed-in user for their password once more; guesses count for the session, so that failed logins shut nobody out of it. */
export async function confirmPassword(deps: AuthDeps, email: string, password: string, viewer: Viewer) {
  const proof = await proveIdentity(deps, email, password, viewer);
  if (!proof) throw new AppError('INVALID_CREDENTIALS', 'wrong password');
  return proof;
}

/** The proof that an enabled user has this email and this password; null for any other pair. */
async function proveIdentity(
  { db, limits, hashing, tell }: AuthDeps,
  email: string | null,
  password: string,
  guess: Guess,
): Promise<Proof | null> {
  const throttled = tellThrottled(tell, { email: email ?? undefined });
  await limits.checkGuess(guess).catch(throttled);
  const whose = 'sessionId' in guess ? guess.id : siteOf(guess.address);
  return hashing.inTurn({ whose }, async (hasher) => {
    await limits.countGuess(guess).catch(throttled);
    // One query for everybody, since one more or less would tell.
    const [stored] = await db.$queryRaw<(Proof & Pick<User, 'disabled'>)[]>`
      SELECT "userId", hash, disabled FROM "Password" JOIN "User" ON id = "userId" WHERE email = ${email ?? ''}`;
    const matches = await hasher.verify(stored?.hash ?? null, password);
    if (!stored || !matches || stored.disabled) {
      tell('SIGN_IN_FAILED', stored ? { userId: stored.userId } : { email: email ?? undefined });
      return null;
    }

    await limits.forgiveGuess(guess);
    const { userId, hash } = stored;
    const renewed = await hasher.renew(hash, password);
    // Only if it is still the one that was read: a password changed meanwhile stays changed.
    if (renewed) await db.password.updateMany({ where: { userId, hash }, data: { hash: renewed } });
    return { userId, hash: renewed ?? hash };
  });
}

/** Tells of a refusal by a limit of guessing, and lets it go on. */
const tellThrottled = (tell: Tell, facts: EventFacts) => (error: unknown) => {
  if (error instanceof AppError && error.refusedBy) tell('THROTTLED', { ...facts, limit: error.refusedBy });
  throw error;
};

/** What signing in works with, besides sessions. */
export interface AuthDeps extends SessionDeps {
  limits: RateLimits;
  hashing: Hashing;
  minPasswordLength: number;
}

interface Credentials {
  email: string;
  password: string;
}

interface SignupInput extends Credentials {
  name?: string | null;
}
