import type { Db } from '../db/database.ts';
import type { Listen } from '../db/listen.ts';
import { asOperation, orLate } from '../db/operation.ts';
import type { Log } from '../log.ts';
import type { OneTimeTokens } from '../tokens/one-time-token.ts';
import { writeLetter } from './letter.ts';
import type { SendMail } from './smtp.ts';
import { type Facts, TEMPLATES, type Template } from './templates.ts';

/**
 * Sends what is in the outbox, as soon as it is committed and once: of any number of replicas, one takes a mail. What fails is tried
 * again after growing pauses, and given up in the end, or at once where the other side will never take it; the log, a metric and the
 * row say so. A process that dies between the other side's yes and its note of that sends a mail again, under the same Message-ID.
 */
export async function startDelivery(parts: DeliveryParts): Promise<Delivery> {
  const { db, tokens, appUrl, send, now, log, listen, isShared } = parts;
  const counts = { sent: 0, failed: 0, givenUp: 0 };
  let stopped = false;
  let wanted = false;
  let round: Promise<void> | null = null;

  /** Takes those that are due for as long as sending one may take: whoever dies meanwhile leaves them to the others. */
  const take = () => db.$queryRaw<Taken[]>`
    WITH due AS (
      UPDATE "Mail" SET "nextTryAt" = ${later(now(), LEASE)}, tries = tries + 1
      WHERE id = ANY(ARRAY(
        SELECT id FROM "Mail" WHERE "nextTryAt" <= ${now()} ORDER BY "nextTryAt" LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED))
      RETURNING id, "to", template, facts, tries, "tokenId")
    SELECT due.*, token.hash FROM due
    LEFT JOIN "OneTimeToken" AS token ON token.id = due."tokenId" AND token."expiresAt" > ${now()}`;

  async function deliver(mail: Taken): Promise<void> {
    const letter = written(mail, tokens, appUrl);
    if (!letter) return settle(mail, { failure: 'LINK_OF_NO_USE' });
    try {
      await send({ id: mail.id, to: mail.to, ...letter });
    } catch (error) {
      return settle(mail, failureOf(error));
    }
    counts.sent++;
    await db.mail.update({ where: { id: mail.id }, data: { sentAt: now(), nextTryAt: null, failure: null } });
  }

  /** Says when it is tried again, or never more. */
  async function settle({ id, template, tries }: Taken, { failure, isFinal = true }: Failure) {
    const pause = isFinal ? undefined : PAUSES[tries - 1];
    await db.mail.update({
      where: { id },
      data: { failure, nextTryAt: pause === undefined ? null : later(now(), pause) },
    });
    counts.failed++;
    if (pause !== undefined) return log.warn({ mail: id, template, tries, failure }, 'a mail could not be sent yet');
    counts.givenUp++;
    log.error({ mail: id, template, tries, failure }, 'a mail was given up');
  }

  async function all() {
    try {
      do {
        wanted = false;
        const mails = stopped ? [] : await take();
        await Promise.all(mails.map(deliver));
        if (mails.length === AT_ONCE) wanted = true;
      } while (wanted);
    } finally {
      // In the same moment in which nothing more is wanted: what is wanted later begins a round of its own.
      round = null;
    }
  }

  /** One round at a time; what is put meanwhile is found by the same. */
  function deliverAll(): Promise<void> {
    wanted = true;
    round ??= all();
    return round;
  }

  // Nobody else holds what this database has, and whoever did is dead.
  if (!isShared) await db.mail.updateMany({ where: { nextTryAt: { not: null } }, data: { nextTryAt: now() } });
  const hear = () => void deliverAll().catch((error) => log.error({ err: error }, 'mails cannot be read'));
  const listening = await listen('mails', { hear, lost: () => {} });

  return {
    deliver: deliverAll,
    counts: () => counts,
    waiting: () => asOperation(SOON, () => orLate(db.mail.count({ where: { nextTryAt: { not: null } } }))),
    async stop() {
      stopped = true;
      await listening.stop();
      await Promise.race([round?.catch(() => {}), new Promise((resolve) => setTimeout(resolve, STOP_WITHIN).unref())]);
    },
  };
}

/** What the mail says; null where its link is of no use any more, or nobody knows its template. */
function written({ template, facts, tokenId, hash }: Taken, tokens: OneTimeTokens, appUrl: string) {
  const token = tokenId && hash ? tokens.tokenOf({ id: tokenId, hash }) : null;
  if ((tokenId && !token) || !Object.hasOwn(TEMPLATES, template)) return null;
  return writeLetter(template as Template, facts, token, appUrl);
}

/**
 * The other side may say anything, and repeat an address: its code is enough. RFC 5321 §4.2.1: 5xx is for ever; but only where it is
 * of this mail: at the greeting, the login or the sender it is of the configuration, which is mended.
 */
function failureOf(error: unknown): Failure {
  const { responseCode = 0, code = 'UNKNOWN', command = '' } = error as Partial<Refusal>;
  const isFinal = responseCode >= 500 && ['RCPT TO', 'DATA'].includes(command);
  return { failure: String(responseCode || code), isFinal };
}

const later = (date: Date, milliseconds: number) => new Date(date.getTime() + milliseconds);

/** Mails that a process sends at once. */
const AT_ONCE = 5;
/** Milliseconds: more than `smtp.ts` has for a mail. */
const LEASE = 30_000;
/** Milliseconds before each next try: a day in all. */
const PAUSES = [10, 60, 300, 1800, 7200, 21_600, 43_200].map((seconds) => seconds * 1000);
/** Milliseconds. */
const SOON = 2000;
/** Milliseconds that what is under way has when the server stops; later it is tried again by whoever starts. */
const STOP_WITHIN = 3000;

export interface Delivery {
  /** Sends what is due; resolves once that is settled. */
  deliver(): Promise<void>;
  /** Since the start. */
  counts(): { sent: number; failed: number; givenUp: number };
  /** Mails that are to be sent, by whichever process; rejects where the database does not say. */
  waiting(): Promise<number>;
  stop(): Promise<void>;
}

interface DeliveryParts {
  db: Db;
  tokens: OneTimeTokens;
  appUrl: string;
  send: SendMail;
  now(): Date;
  log: Log;
  listen: Listen;
  /** Whether other processes may send what is in this database. */
  isShared: boolean;
}

interface Taken {
  id: string;
  to: string;
  template: string;
  facts: Facts;
  tries: number;
  tokenId: string | null;
  /** Of the one-time token, if there is one and in time. */
  hash: string | null;
}

/** What nodemailer says of an answer, and of the command that it was to. */
interface Refusal {
  responseCode: number;
  code: string;
  command: string;
}

interface Failure {
  failure: string;
  isFinal?: boolean;
}
