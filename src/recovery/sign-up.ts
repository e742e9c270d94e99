import { type AuthDeps, checkedSignup, type SignupInput } from '../auth/sign-in.ts';
import { AppError } from '../errors.ts';
import { putMail } from '../mail/outbox.ts';
import type { SignInOrigin } from '../sessions/sessions.ts';
import { newToken, refuseWithoutMail, storeIfFree } from './tokens.ts';

/**
 * Mails a link that opens the account, and refuses with CONFIRMATION_REQUIRED: alike, in content and work, for an email that has one,
 * whose owner gets a mail as well. There is no account before the link is used, so nobody holds another's email.
 */
export async function signupByMail(deps: AuthDeps, input: SignupInput, origin: SignInOrigin): Promise<never> {
  refuseWithoutMail(deps);
  const { email, name, hash } = await checkedSignup(deps, input, origin);
  const now = deps.now();
  const token = newToken(deps.tokens.oneTime, 'SIGN_UP', { userId: null, email }, now);
  await deps.db.$transaction(async (tx) => {
    const isFree = await storeIfFree(tx, token);
    await tx.$executeRaw`
      INSERT INTO "PendingSignup" ("tokenId", name, hash)
      SELECT id, ${name}, ${hash} FROM "OneTimeToken" WHERE id = ${token.id}::uuid`;
    const mail = isFree
      ? ({ template: 'SIGN_UP', tokenId: token.id } as const)
      : ({ template: 'ACCOUNT_EXISTS' } as const);
    await putMail(tx, { to: email, ...mail }, now);
  });
  throw new AppError('CONFIRMATION_REQUIRED', 'a mail was put into the outbox');
}
