import { randomUUID } from 'node:crypto';
import { deleteInBatches } from '../db/batches.ts';
import type { Db, Transaction } from '../db/database.ts';
import type { Facts, Template } from './templates.ts';

/**
 * Puts a mail into the outbox, in the transaction of what it tells of: it is sent once that is committed, and not at all if it is
 * undone. Nothing in it may be secret; the link that it carries is named by the id of its one-time token. To an address that leads
 * nowhere nothing is put.
 */
export async function putMail(tx: Transaction, mail: NewMail, now: Date): Promise<void> {
  const { to, template, facts = {}, tokenId = null } = mail;
  if (isNowhere(to)) return;
  await tx.mail.create({ data: { id: randomUUID(), to, template, facts, tokenId, createdAt: now, nextTryAt: now } });
}

/** Tells a user by mail of what was done, in the transaction in which it is; not where none is sent. */
export async function notify(deps: NotifyingDeps, to: string, template: Template, facts: Facts = {}): Promise<void> {
  if (!deps.sendsMail) return;
  const now = deps.now();
  await putMail(deps.db, { to, template, facts: { when: now.toUTCString(), ...facts } }, now);
}

/** From where it was done, for a mail. */
export const whence = ({ address, userAgent }: { address: string | null; userAgent: string | null }): Facts => ({
  address: address ?? '',
  userAgent: userAgent ?? '',
});

/** RFC 6761 §6.4: of a user of another issuer who has shown no mailbox. */
export const isNowhere = (email: string) => email.endsWith('.invalid');

/** Forgets mails that are over. Any number of replicas may do so at once. */
export function pruneMails(db: Db, now: Date): Promise<void> {
  const before = (milliseconds: number) => new Date(now.getTime() - milliseconds);
  // What another replica is deleting is skipped: nobody waits for anybody.
  return deleteInBatches(
    (size) => db.$executeRaw`
      DELETE FROM "Mail" WHERE id = ANY(ARRAY(
        SELECT id FROM "Mail" WHERE "nextTryAt" IS NULL
          AND "createdAt" < CASE WHEN "sentAt" IS NULL THEN ${before(GIVEN_UP_KEPT_FOR)}::timestamptz ELSE ${before(SENT_KEPT_FOR)} END
        LIMIT ${size} FOR UPDATE SKIP LOCKED))`,
  );
}

/** Milliseconds. */
const SENT_KEPT_FOR = 7 * 86_400_000;
const GIVEN_UP_KEPT_FOR = 30 * 86_400_000;

interface NotifyingDeps {
  db: Transaction;
  sendsMail: boolean;
  now(): Date;
}

export interface NewMail {
  /** A normalised email. */
  to: string;
  template: Template;
  facts?: Facts;
  tokenId?: string;
}
