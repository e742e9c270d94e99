import type { User } from '../db/generated/client.ts';
import { AppError, badInput } from '../errors.ts';
import { normaliseEmail } from '../users/email.ts';
import { checkedName, createUser } from '../users/users.ts';
import type { AuthDeps, Client } from './deps.ts';
import { hashPassword, inTurn, renewedHash, verifyPassword } from './passwords.ts';
import { verifyRefreshToken } from './refresh-token.ts';
import { endSessions, type Proof, startSession, type Tokens } from './sessions.ts';

/** Opens an account and signs in. Refuses with BAD_USER_INPUT, WEAK_PASSWORD or EMAIL_TAKEN. */
export async function signup(deps: AuthDeps, input: SignupInput, client: Client) {
  const email = normaliseEmail(input.email);
  if (!email) throw badInput('input.email', 'Must be an email address in ordinary letters.');
  const name = checkedName(input.name);
  const passwordHash = await hashPassword(input.password, { minLength: deps.minPasswordLength, email });
  const user = await createUser(deps.db, { email, name, passwordHash }, deps.now());
  return (await startSession(deps, { userId: user.id, hash: passwordHash }, client)) ?? login(deps, input, client);
}

/** Signs in, or refuses with INVALID_CREDENTIALS or RATE_LIMITED: alike, in content and work, whatever it is that is wrong. */
export async function login(deps: AuthDeps, input: Credentials, client: Client): Promise<Tokens> {
  const proof = await proven(deps, input, client);
  if (!proof) throw new AppError('INVALID_CREDENTIALS', 'unknown email, wrong password or disabled account');
  return (await startSession(deps, proof, client)) ?? login(deps, input, client);
}

/** Asks a signed-in user for their password once more; a wrong one counts as a failed login. */
export async function confirmPassword(deps: AuthDeps, email: string, password: string, client: Client) {
  const proof = await proven(deps, { email, password }, client);
  if (!proof) throw new AppError('INVALID_CREDENTIALS', 'wrong password');
  return proof;
}

/** Ends the session of the request and that of the refresh token; what names no session is no error. */
export async function logout(deps: AuthDeps, sessionId: string | null, refreshToken: string | null) {
  const ticket = await verifyRefreshToken(refreshToken ?? '', deps.keys, deps.lifetimes.session, deps.now());
  const ids = [sessionId, ticket?.sessionId].filter((id) => id != null);
  if (ids.length > 0) await endSessions(deps, { id: { in: ids } }, 'LOGOUT');
}

/** The proof that an enabled user has this email and this password; null for any other pair. */
async function proven({ db, guesses }: AuthDeps, input: Credentials, client: Client): Promise<Proof | null> {
  const email = normaliseEmail(input.email);
  const guess = { email: email ?? input.email, address: client.address };
  await guesses.check(guess);
  return inTurn(async () => {
    await guesses.begin(guess);
    // One query for everybody, since one more or less would tell.
    const [stored] = await db.$queryRaw<(Proof & Pick<User, 'disabled'>)[]>`
      SELECT "userId", hash, disabled FROM "Password" JOIN "User" ON id = "userId" WHERE email = ${email ?? ''}`;
    const matches = await verifyPassword(stored?.hash ?? null, input.password);
    if (!stored || !matches || stored.disabled) return null;

    await guesses.succeeded(guess);
    const { userId, hash } = stored;
    const renewed = await renewedHash(hash, input.password);
    // Only if it is still the one that was read: a password changed meanwhile stays changed.
    if (renewed) await db.password.updateMany({ where: { userId, hash }, data: { hash: renewed } });
    return { userId, hash: renewed ?? hash };
  });
}

interface Credentials {
  email: string;
  password: string;
}

interface SignupInput extends Credentials {
  name?: string | null;
}
