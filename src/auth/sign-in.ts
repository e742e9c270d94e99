import type { Viewer } from '../access/rules.ts';
import type { Session, User } from '../db/generated/client.ts';
import { AppError } from '../errors.ts';
import { notify, whence } from '../mail/outbox.ts';
import {
  type Proof,
  type RevokingDeps,
  type SessionDeps,
  type SignInOrigin,
  startSession,
} from '../sessions/sessions.ts';
import type { EventFacts, Tell } from '../telemetry/events.ts';
import type { TokenPair } from '../tokens/tokens.ts';
import { type Inside, note, transacting } from '../trail/note.ts';
import { checkedEmail, normaliseEmail } from '../users/email.ts';
import { checkedName, createUser } from '../users/users.ts';
import type { Hashing } from './hashing.ts';
import { refuseWeak } from './passwords.ts';
import { type Guess, isNewNetwork, type RateLimits, siteOf } from './rate-limits.ts';

/** Opens an account and signs in. Refuses with BAD_USER_INPUT, WEAK_PASSWORD, RATE_LIMITED or EMAIL_TAKEN. */
export async function signup(deps: AuthDeps, input: SignupInput, origin: SignInOrigin): Promise<TokenPair> {
  const { email, name, hash } = await checkedSignup(deps, input, origin);
  const user = await transacting(deps, async (inside) => {
    const user = await createUser(inside.db, { email, name, passwordHash: hash }, deps.now());
    await note(inside, 'SIGNED_UP', { userId: user.id });
    return user;
  });
  return (await startSession(deps, { userId: user.id, hash }, origin)) ?? login(deps, input, origin);
}

/** What the account is to be made of. Refuses with BAD_USER_INPUT, WEAK_PASSWORD or RATE_LIMITED, whether or not the email is taken. */
export async function checkedSignup(deps: AuthDeps, input: SignupInput, { address }: SignInOrigin) {
  const email = checkedEmail(input.email, 'input.email');
  const name = checkedName(input.name);
  await refuseWeak(input.password, { minLength: deps.minPasswordLength, email, place: 'input.password' });
  const throttled = tellThrottled(deps.tell, { email });
  const hash = await deps.hashing.inTurn({ whose: siteOf(address), isSignup: true }, async (hasher) => {
    // In the turn: a flood that is not even let wait costs the database nothing.
    await deps.limits.countSignup(address).catch(throttled);
    if (deps.confirmsSignups) await deps.limits.countMail({ email, address }).catch(throttled);
    return hasher.hash(input.password);
  });
  return { email, name, hash };
}

/** Signs in, or refuses with INVALID_CREDENTIALS or RATE_LIMITED: alike, in content and work, whatever it is that is wrong. */
export async function login(deps: AuthDeps, input: Credentials, origin: SignInOrigin): Promise<TokenPair> {
  const email = normaliseEmail(input.email);
  const guess = { email: email ?? input.email, address: origin.address };
  const proof = await proveIdentity(deps, email, input.password, guess);
  if (!proof) throw new AppError('INVALID_CREDENTIALS', 'unknown email, wrong password or disabled account');
  const tokens = await startSession(deps, proof, origin, noteSignIn);
  return tokens ?? login(deps, input, origin);
}

/** Notes that somebody has signed in, and tells them by mail if it is from a network that was never seen. */
export async function noteSignIn(inside: Inside<RevokingDeps>, user: User, session: Session): Promise<void> {
  await note(inside, 'SIGNED_IN', { userId: user.id, sessionId: session.id });
  if (!user.mailsNewNetwork || !(await isNewNetwork(inside.db, session))) return;
  await notify(inside, user.email, 'NEW_NETWORK', whence(inside.circumstances));
}

/** Asks a signed-in user for their password once more; guesses count for the session, so that failed logins shut nobody out of it. */
export async function confirmPassword(deps: AuthDeps, email: string, password: string, viewer: Viewer) {
  const proof = await proveIdentity(deps, email, password, viewer);
  if (!proof) throw new AppError('INVALID_CREDENTIALS', 'wrong password');
  return proof;
}

/** The proof that an enabled user has this email and this password; null for any other pair. */
async function proveIdentity(
  deps: AuthDeps,
  email: string | null,
  password: string,
  guess: Guess,
): Promise<Proof | null> {
  const { db, limits, hashing } = deps;
  const throttled = tellThrottled(deps.tell, { email: email ?? undefined });
  await limits.checkGuess(guess).catch(throttled);
  const whose = 'sessionId' in guess ? guess.id : siteOf(guess.address);
  return hashing.inTurn({ whose }, async (hasher) => {
    await limits.countGuess(guess).catch(throttled);
    // One query for everybody, since one more or less would tell.
    const [stored] = await db.$queryRaw<(Proof & Pick<User, 'disabled'>)[]>`
      SELECT "userId", hash, disabled FROM "Password" JOIN "User" ON id = "userId" WHERE email = ${email ?? ''}`;
    const matches = await hasher.verify(stored?.hash ?? null, password);
    if (!stored || !matches || stored.disabled) {
      // For everybody alike: that nothing is written, and waited for, would tell.
      await note(deps, 'SIGN_IN_FAILED', stored ? { userId: stored.userId } : { email: email ?? undefined });
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

/** Tells of a refusal by a limit, and lets it go on. */
export const tellThrottled = (tell: Tell, facts: EventFacts) => (error: unknown) => {
  if (error instanceof AppError && error.refusedBy) tell('THROTTLED', { ...facts, limit: error.refusedBy });
  throw error;
};

/** What signing in works with, besides sessions. */
export interface AuthDeps extends SessionDeps {
  limits: RateLimits;
  hashing: Hashing;
  minPasswordLength: number;
  /** Whether a sign-up is only one once its mailbox is confirmed. */
  confirmsSignups: boolean;
}

interface Credentials {
  email: string;
  password: string;
}

export interface SignupInput extends Credentials {
  name?: string | null;
}
