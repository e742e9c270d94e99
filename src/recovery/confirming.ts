import type { Viewer } from '../access/rules.ts';
import { type AuthDeps, tellThrottled } from '../auth/sign-in.ts';
import type { Transaction } from '../db/database.ts';
import type { User } from '../db/generated/client.ts';
import { putMail } from '../mail/outbox.ts';
import type { SignInOrigin } from '../sessions/sessions.ts';
import { note, transacting } from '../trail/note.ts';
import { createUser, getUser } from '../users/users.ts';
import { moveTo } from './email-change.ts';
import { newToken, refuseWithoutMail, takeToken, unlessTaken } from './tokens.ts';

/** Mails a link to the viewer's own email, unless it is confirmed already. Refuses with RATE_LIMITED. */
export async function requestEmailConfirmation(deps: AuthDeps, viewer: Viewer, origin: SignInOrigin): Promise<void> {
  refuseWithoutMail(deps);
  const { id, email, emailVerifiedAt } = await getUser(deps.db, viewer.id);
  if (emailVerifiedAt) return;
  await deps.limits.countMail({ email, address: origin.address }).catch(tellThrottled(deps.tell, { userId: id }));
  const now = deps.now();
  const token = newToken(deps.tokens.oneTime, 'CONFIRM_EMAIL', { userId: id, email }, now);
  await deps.db.$transaction(async (tx) => {
    await tx.oneTimeToken.create({ data: token });
    await putMail(tx, { to: email, template: 'CONFIRM_EMAIL', tokenId: token.id }, now);
  });
}

/** Does what whoever has the mailbox agrees to by the link: confirms the email, opens the account, or moves it to the new email. */
export async function confirmEmail(deps: AuthDeps, token: string): Promise<void> {
  refuseWithoutMail(deps);
  const now = deps.now();
  const { tokens } = deps;
  const user = await transacting(deps, async (inside) => {
    const { db: tx } = inside;
    const taken = await takeToken(tx, tokens.oneTime.hashOf(token), ['CONFIRM_EMAIL', 'SIGN_UP', 'CHANGE_EMAIL'], now);
    const { purpose, email } = taken;
    if (purpose === 'SIGN_UP') {
      const { name, hash: passwordHash } = taken.signup;
      const user = await unlessTaken(createUser(tx, { email, name, passwordHash, emailVerifiedAt: now }, now));
      await note(inside, 'SIGNED_UP', { userId: user.id });
      return user;
    }
    if (purpose === 'CONFIRM_EMAIL') {
      await note(inside, 'EMAIL_CONFIRMED', { userId: taken.user.id });
      return verify(tx, taken.user, now);
    }
    const user = await moveTo(tx, taken.user, email, now);
    const undo = newToken(tokens.oneTime, 'UNDO_EMAIL_CHANGE', { userId: user.id, email: taken.user.email }, now);
    await tx.oneTimeToken.create({ data: undo });
    const facts = { newEmail: email };
    await putMail(tx, { to: taken.user.email, template: 'EMAIL_CHANGED', facts, tokenId: undo.id }, now);
    await note(inside, 'EMAIL_CHANGED', { userId: user.id });
    return user;
  });
  deps.revocations.rightsChanged([user]);
}

/** Notes that the mailbox is theirs; the first time stays. */
export const verify = (tx: Transaction, { id, emailVerifiedAt }: User, now: Date): Promise<User> =>
  tx.user.update({ where: { id }, data: { emailVerifiedAt: emailVerifiedAt ?? now } });
