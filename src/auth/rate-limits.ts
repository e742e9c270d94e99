import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Viewer } from '../access/rules.ts';
import { deleteInBatches } from '../db/batches.ts';
import type { Db, Transaction } from '../db/database.ts';
import type { Prisma, Session } from '../db/generated/client.ts';
import { AppError } from '../errors.ts';

/**
 * Counts guesses at passwords (per email and address, per address, and per email; per session, where somebody is signed in) and
 * sign-ups (per address, per site and in all), and mails that somebody asks for (per email and address, per address, and per email).
 * The counts are in the database, so they are shared by all replicas and outlive a restart. Their windows go by the machine's clock,
 * as the library does.
 */
export function createRateLimits(db: Db, signups: SignupLimits): RateLimits {
  const table = {
    storeClient: asPgClient(db),
    storeType: 'client',
    tableName: 'RateLimit',
    tableCreated: true,
    clearExpiredByTimeout: false,
  };
  const limiter = (keyPrefix: string, points: number, duration: number, more = {}) =>
    new RateLimiterPostgres({ ...table, keyPrefix, points, duration, ...more });
  // Nobody takes a count of these back, so that whoever is over the limit is refused without the database until the window ends.
  const final = (keyPrefix: string, points: number, duration: number) =>
    limiter(keyPrefix, points, duration, { inMemoryBlockOnConsumed: points });
  const pair = limiter('pair', 10, 15 * MINUTE);
  const address = limiter('address', 100, 15 * MINUTE);
  // In a row: only a right one begins another, or a month, which ends the counts of emails that nobody has.
  const account = limiter('account', 100, 30 * DAY);
  const session = limiter('session', 10, 15 * MINUTE);
  const signup = final('signup', signups.perAddress, 15 * MINUTE);
  const site = final('signup-site', signups.perAddress * ADDRESSES_OF_SITE, 15 * MINUTE);
  const all = final('signup-all', signups.inAll, 15 * MINUTE);
  const mailPair = final('mail-pair', 5, 15 * MINUTE);
  const mailAddress = final('mail-address', 30, 15 * MINUTE);
  // Nobody floods a mailbox. Also not from a network that the account knows: an exemption would tell that there is one.
  const mailbox = final('mailbox', 20, DAY);

  /** The narrowest first: whoever has used up one limit must not fill those that others share. */
  function limitsOf(guess: Guess): Limit[] {
    if ('sessionId' in guess) return [[session, guess.sessionId]];
    const network = networkOf(guess.address);
    return [
      [pair, hashed(`${guess.email} ${network}`)],
      [address, hashed(network)],
      [account, hashed(guess.email)],
    ];
  }

  async function each(guess: Guess, ask: (...limit: Limit) => unknown) {
    for (const [limiter, key] of limitsOf(guess)) {
      try {
        await ask(limiter, key);
      } catch (error) {
        // Whoever fails on purpose elsewhere must not lock the owner out.
        const byOthers = 'email' in guess && limiter === account && isOverLimit(error);
        if (!byOthers || !(await isKnown(db, guess))) throw error;
      }
    }
  }

  return {
    checkGuess: (guess) =>
      orUnavailable(async () => {
        const now = Date.now();
        const key = { in: limitsOf(guess).map(prefixed) };
        const counts = await db.rateLimit.findMany({ where: { key, expire: { gt: now } } });
        await each(guess, (limiter, key) => {
          const count = counts.find((one) => one.key === limiter.getKey(key));
          if (!count?.expire || count.points < limiter.points) return;
          throw overLimit(limiter, Number(count.expire) - now);
        });
      }),
    countGuess: (guess) => orUnavailable(() => each(guess, consume)),
    forgiveGuess: (guess) =>
      orUnavailable(async () => {
        const own = limitsOf(guess).filter(([limiter]) => limiter !== address);
        await db.rateLimit.deleteMany({ where: { key: { in: own.map(prefixed) } } });
        const shared = limitsOf(guess).filter(([limiter]) => limiter === address);
        // Never below what others have failed: `reward` would start a window in credit, if one ended meanwhile.
        const failed = { key: { in: shared.map(prefixed) }, points: { gt: 0 }, expire: { gt: Date.now() } };
        await db.rateLimit.updateMany({ where: failed, data: { points: { decrement: 1 } } });
      }),
    countSignup: (from) =>
      orUnavailable(async () => {
        await consume(signup, hashed(networkOf(from)));
        if (siteOf(from) !== networkOf(from)) await consume(site, hashed(siteOf(from)));
        await consume(all, '');
      }),
    countMail: ({ email, address }) =>
      orUnavailable(async () => {
        const network = networkOf(address);
        await consume(mailPair, hashed(`${email} ${network}`));
        await consume(mailAddress, hashed(network));
        await consume(mailbox, hashed(email));
      }),
  };
}

/** Forgets counts whose window is over. Any number of replicas may do so at once. */
export function pruneRateLimits(db: Db, now: Date): Promise<void> {
  // What another replica is deleting is skipped: nobody waits for anybody.
  return deleteInBatches(
    (size) => db.$executeRaw`
      DELETE FROM "RateLimit" WHERE key = ANY(ARRAY(
        SELECT key FROM "RateLimit" WHERE expire < ${now.getTime()} LIMIT ${size} FOR UPDATE SKIP LOCKED))`,
  );
}

// With Prisma's client, the library counts in two statements; with one of PostgreSQL's, in one.
const asPgClient = (db: Db) => ({
  query: async ({ text, values }: { text: string; values: unknown[] }) => {
    const rows = await db.$queryRawUnsafe<{ points: number; expire: bigint }[]>(text, ...values);
    return { rows: rows.map(({ points, expire }) => ({ points, expire: Number(expire) })) };
  },
});

const prefixed = ([limiter, key]: Limit) => limiter.getKey(key);

/** Counts before the act, so that acts at once cannot slip through. */
async function consume(limiter: RateLimiterPostgres, key: string): Promise<void> {
  await limiter.consume(key).catch((reason) => {
    throw reason instanceof RateLimiterRes ? overLimit(limiter, reason.msBeforeNext) : reason;
  });
}

const overLimit = ({ keyPrefix }: RateLimiterPostgres, milliseconds: number) =>
  new AppError('RATE_LIMITED', `too many per ${keyPrefix}`, {
    refusedBy: keyPrefix,
    retryAfter: Math.max(1, Math.ceil(milliseconds / 1000)),
  });

const isOverLimit = (error: unknown) => error instanceof AppError && error.code === 'RATE_LIMITED';

/** What cannot be counted must not be done. */
const orUnavailable = (work: () => Promise<void>) =>
  work().catch((cause) => {
    if (isOverLimit(cause)) throw cause;
    throw new AppError('SERVICE_UNAVAILABLE', 'nothing can be counted', { cause });
  });

/** Whether the user has signed in from there before, and not so long ago that the session was forgotten. */
const isKnown = async (db: Db, { email, address }: LoginGuess) =>
  (await networksOf(db, { user: { email } })).has(networkOf(address));

/** Whether its user has signed in before, and never from where this session comes, as far as sessions are remembered. */
export async function isNewNetwork(db: Transaction, { id, userId, ipAddress }: Session): Promise<boolean> {
  const known = await networksOf(db, { userId, id: { not: id } });
  return known.size > 0 && !known.has(networkOf(ipAddress));
}

async function networksOf(db: Transaction, where: Prisma.SessionWhereInput) {
  const sessions = await db.session.findMany({
    where,
    orderBy: { createdAt: 'desc' },
    take: REMEMBERED,
    select: { ipAddress: true },
  });
  return new Set(sessions.flatMap(({ ipAddress }) => (ipAddress === null ? [] : networkOf(ipAddress))));
}

/** Whoever has one IPv6 address has all 2^64 of its network; IPv4 in IPv6 is the same address as without (RFC 4291 §2.5.5.2). */
function networkOf(address: string | null, bytes = 8) {
  if (!address || !ipaddr.isValid(address)) return address ?? 'unknown';
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : parsed.toByteArray().slice(0, bytes).join(':');
}

/** What one customer of a provider is given as a rule: one address of IPv4, or a /48 of IPv6, which has 65,536 networks (RFC 6177). */
export const siteOf = (address: string | null) => networkOf(address, 6);

/** The table tells nobody who tried to sign in where. */
const hashed = (text: string) => createHash('sha256').update(text).digest('base64url');

/** In seconds. */
const MINUTE = 60;
const DAY = 86_400;
/** Of IPv6: so many of its networks may sign up as much as they may. */
const ADDRESSES_OF_SITE = 4;
/** Sessions of a user, ended ones too, whose addresses are known. */
const REMEMBERED = 200;

/** In 15 minutes. */
interface SignupLimits {
  perAddress: number;
  inAll: number;
}

type Limit = [limiter: RateLimiterPostgres, key: string];

/** At whose password: of whoever has the email, from an address; or of whoever is signed in, in their session. */
export type Guess = LoginGuess | Pick<Viewer, 'id' | 'sessionId'>;

interface LoginGuess {
  /** Normalised; or whatever was sent, where that is no email. */
  email: string;
  address: string | null;
}

/** All refuse with SERVICE_UNAVAILABLE where the database cannot count. */
export interface RateLimits {
  /** Refuses with RATE_LIMITED what `countGuess` would refuse, without counting: to be asked before waiting for a turn. */
  checkGuess(guess: Guess): Promise<void>;
  /** Counts a guess that is about to be made, or refuses it with RATE_LIMITED. */
  countGuess(guess: Guess): Promise<void>;
  /** Takes the count back: a right password is no guess. */
  forgiveGuess(guess: Guess): Promise<void>;
  /** Counts a sign-up that is about to be made from this address, or refuses it with RATE_LIMITED. */
  countSignup(address: string | null): Promise<void>;
  /** Counts a mail that somebody at this address asks for, whether or not the email has an account, or refuses it with RATE_LIMITED. */
  countMail(mail: LoginGuess): Promise<void>;
}
