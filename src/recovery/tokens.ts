import { randomUUID } from 'node:crypto';
import { deleteInBatches } from '../db/batches.ts';
import type { Db, Transaction } from '../db/database.ts';
import type { OneTimeToken, TokenPurpose, User } from '../db/generated/client.ts';
import { AppError, badInput } from '../errors.ts';
import type { OneTimeTokens } from '../tokens/one-time-token.ts';
import { after } from '../tokens/tokens.ts';
import { isUniqueConflict } from '../users/users.ts';

/** A one-time token that is to be stored, and named by the mail that carries it. */
export function newToken<Purpose extends TokenPurpose>(
  oneTime: OneTimeTokens,
  purpose: Purpose,
  about: { userId: string | null; email: string },
  now: Date,
) {
  const id = randomUUID();
  return {
    id,
    hash: oneTime.hashFor(id),
    purpose,
    ...about,
    createdAt: now,
    expiresAt: after(now, LIFETIMES[purpose]),
  };
}

/** Stores the token if nobody has its email; whether it did. One statement either way. */
export async function storeIfFree(tx: Transaction, token: OneTimeToken): Promise<boolean> {
  const { id, hash, purpose, userId, email, createdAt, expiresAt } = token;
  const stored = await tx.$executeRaw`
    INSERT INTO "OneTimeToken" (id, hash, purpose, "userId", email, "createdAt", "expiresAt")
    SELECT ${id}::uuid, ${hash}, ${purpose}::"TokenPurpose", ${userId}::uuid, ${email}, ${createdAt}, ${expiresAt}
    WHERE NOT EXISTS (SELECT FROM "User" WHERE email = ${email})`;
  return stored === 1;
}

/**
 * Uses a token up, in the transaction of what it is for: of any number at once, one does. The account is locked until then. Refuses
 * alike what was used, is too old, or is for something else, and one whose account is disabled or has another email by now.
 */
export async function takeToken<Purpose extends TokenPurpose>(
  tx: Transaction,
  hash: string,
  purposes: Purpose[],
  now: Date,
): Promise<Taken<Purpose>> {
  // The user, the password, the tokens: in this order, for a change of the first two locks the last by a trigger, and whoever
  // did it the other way round would wait for one who waits for them.
  const [user] = await tx.$queryRaw<User[]>`
    SELECT "User".* FROM "User" JOIN "OneTimeToken" ON "userId" = "User".id WHERE hash = ${hash}
    FOR NO KEY UPDATE OF "User"`;
  await tx.$queryRaw`SELECT 1 FROM "Password" WHERE "userId" = ${user?.id ?? null}::uuid FOR UPDATE`;
  const [token] = await tx.$queryRaw<(OneTimeToken & { signup: PendingSignup | null })[]>`
    DELETE FROM "OneTimeToken" WHERE hash = ${hash} AND purpose::text = ANY(${purposes}) AND "expiresAt" > ${now}
    RETURNING *, (SELECT to_jsonb("PendingSignup") FROM "PendingSignup" WHERE "tokenId" = id) AS signup`;
  if (!token || (token.purpose !== 'SIGN_UP' && (!user || user.disabled))) throw unusable();
  const isForItsEmail = token.purpose === 'CONFIRM_EMAIL' || token.purpose === 'RESET_PASSWORD';
  // A request at the very moment of a change may have stored it after the trigger looked.
  if (isForItsEmail && token.email !== user?.email) throw unusable();
  // A sign-up has what it is of, and everything else has a user.
  return { ...token, user } as unknown as Taken<Purpose>;
}

/** One answer for all tokens that nothing can be done with. */
export const unusable = () =>
  badInput('token', 'Cannot be used: it is too old, was used, or is not whole. Ask for another mail.');

/** The work, which gives a user an email; somebody else who has it by now makes the token one that cannot be used. */
export const unlessTaken = <T>(work: Promise<T>) =>
  work.catch((error) => {
    throw isUniqueConflict(error) || (error instanceof AppError && error.code === 'EMAIL_TAKEN') ? unusable() : error;
  });

/** Nothing that has to do with mails can be done where none is sent; said to everybody alike, before anything else. */
export function refuseWithoutMail({ sendsMail }: { sendsMail: boolean }): void {
  if (!sendsMail) throw new AppError('FORBIDDEN', 'no mail is sent', { reason: 'This server sends no mail.' });
}

/** Forgets tokens that are past their time. Any number of replicas may do so at once. */
export function pruneTokens(db: Db, now: Date): Promise<void> {
  return deleteInBatches(
    (size) => db.$executeRaw`
      DELETE FROM "OneTimeToken" WHERE id = ANY(ARRAY(
        SELECT id FROM "OneTimeToken" WHERE "expiresAt" < ${now} LIMIT ${size} FOR UPDATE SKIP LOCKED))`,
  );
}

/** Milliseconds. */
const HOUR = 3_600_000;
const LIFETIMES: Record<TokenPurpose, number> = {
  CONFIRM_EMAIL: 24 * HOUR,
  SIGN_UP: 24 * HOUR,
  CHANGE_EMAIL: 24 * HOUR,
  UNDO_EMAIL_CHANGE: 7 * 24 * HOUR,
  RESET_PASSWORD: HOUR,
};

interface PendingSignup {
  name: string | null;
  hash: string;
}

/** What the token was for: an account that is to be, or one that is there. */
type Taken<Purpose> = Pick<OneTimeToken, 'email' | 'createdAt'> &
  (Purpose extends 'SIGN_UP' ? { purpose: Purpose; signup: PendingSignup } : { purpose: Purpose; user: User });
