import { createHash } from 'node:crypto';
import { isIPv6, SocketAddress } from 'node:net';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Db } from '../db/client.ts';
import { AppError } from '../errors.ts';

/**
 * Counts failed guesses at passwords: per email and address, per address, and per email. The counts are in the database, so
 * they are shared by all replicas and outlive a restart. Their windows go by the machine's clock, as the library does.
 */
export function createGuesses(db: Db): Guesses {
  const table = {
    storeClient: asPgClient(db),
    storeType: 'client',
    tableName: 'RateLimit',
    tableCreated: true,
    clearExpiredByTimeout: false,
  };
  const limiter = (keyPrefix: string, points: number, duration: number) =>
    new RateLimiterPostgres({ ...table, keyPrefix, points, duration });
  const pair = limiter('pair', 10, 15 * MINUTE);
  const address = limiter('address', 100, 15 * MINUTE);
  const account = limiter('account', 100, 60 * MINUTE);

  /** The narrowest first: whoever has used up one limit must not fill those that others share. */
  async function each(guess: Guess, ask: (limiter: RateLimiterPostgres, key: string) => unknown) {
    const keys = keysOf(guess);
    await ask(pair, keys.pair);
    await ask(address, keys.address);
    try {
      await ask(account, keys.account);
    } catch (refusal) {
      // Whoever fails on purpose elsewhere must not lock the owner out.
      if (!isRefusal(refusal) || !(await isKnown(db, guess))) throw refusal;
    }
  }

  return {
    check: (guess) =>
      counted(async () => {
        const now = Date.now();
        const key = { in: prefixed(keysOf(guess)) };
        const counts = await db.rateLimit.findMany({ where: { key, expire: { gt: now } } });
        await each(guess, (limiter, key) => {
          const count = counts.find((one) => one.key === limiter.getKey(key));
          if (!count?.expire || count.points < limiter.points) return;
          throw refused(limiter, Number(count.expire) - now);
        });
      }),
    begin: (guess) => counted(() => each(guess, consume)),
    succeeded: (guess) =>
      counted(async () => {
        const [pairKey, addressKey, accountKey] = prefixed(keysOf(guess));
        await db.rateLimit.deleteMany({ where: { key: { in: [pairKey, accountKey] } } });
        // Never below what others have failed: `reward` would start a window in credit, if one ended meanwhile.
        const failed = { key: addressKey, points: { gt: 0 }, expire: { gt: Date.now() } };
        await db.rateLimit.updateMany({ where: failed, data: { points: { decrement: 1 } } });
      }),
  };

  function prefixed(keys: ReturnType<typeof keysOf>): [pair: string, address: string, account: string] {
    return [pair.getKey(keys.pair), address.getKey(keys.address), account.getKey(keys.account)];
  }
}

// With Prisma's client, the library counts in two statements; with one of PostgreSQL's, in one.
const asPgClient = (db: Db) => ({
  query: async ({ text, values }: { text: string; values: unknown[] }) => {
    const rows = await db.$queryRawUnsafe<{ points: number; expire: bigint }[]>(text, ...values);
    return { rows: rows.map(({ points, expire }) => ({ points, expire: Number(expire) })) };
  },
});

/** Counts the guess before it is made, so that guesses at once cannot slip through. */
const consume = (limiter: RateLimiterPostgres, key: string) =>
  limiter.consume(key).catch((reason) => {
    throw reason instanceof RateLimiterRes ? refused(limiter, reason.msBeforeNext) : reason;
  });

const refused = ({ keyPrefix }: RateLimiterPostgres, milliseconds: number) =>
  new AppError('RATE_LIMITED', `too many guesses per ${keyPrefix}`, {
    retryAfter: Math.max(1, Math.ceil(milliseconds / 1000)),
  });

const isRefusal = (error: unknown) => error instanceof AppError && error.code === 'RATE_LIMITED';

/** A guess that cannot be counted must not be made. */
const counted = (work: () => Promise<void>) =>
  work().catch((cause) => {
    if (isRefusal(cause)) throw cause;
    throw new AppError('SERVICE_UNAVAILABLE', 'guesses cannot be counted', {}, { cause });
  });

/** Whether the user has signed in from there before, and not so long ago that the session was forgotten. */
async function isKnown(db: Db, { email, address }: Guess) {
  const sessions = await db.session.findMany({
    where: { user: { email } },
    orderBy: { createdAt: 'desc' },
    take: REMEMBERED,
    select: { ipAddress: true },
  });
  return sessions.some(({ ipAddress }) => ipAddress !== null && networkOf(ipAddress) === networkOf(address));
}

function keysOf({ email, address }: Guess) {
  const network = networkOf(address);
  return { pair: hashed(`${email} ${network}`), address: hashed(network), account: hashed(email) };
}

/** Whoever has one IPv6 address has all 2^64 of its network; IPv4 in IPv6 is the same address as without (RFC 4291 §2.5.5.2). */
function networkOf(address: string | null) {
  if (!address || !isIPv6(address)) return address ?? 'unknown';
  const [unscoped = ''] = address.split('%');
  const canonical = new SocketAddress({ address: unscoped, family: 'ipv6' }).address;
  const [, mapped] = /^::ffff:([\d.]+)$/.exec(canonical) ?? [];
  if (mapped) return mapped;
  const [head = '', tail = ''] = canonical.split('::');
  const [left, right] = [head, tail].map((groups) => groups.split(':').filter(Boolean)) as [string[], string[]];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}

/** The table tells nobody who tried to sign in where. */
const hashed = (text: string) => createHash('sha256').update(text).digest('base64url');

/** In seconds. */
const MINUTE = 60;
/** Sessions of a user, ended ones too, whose addresses are known. */
const REMEMBERED = 200;

export interface Guess {
  /** Normalised; or whatever was sent, where that is no email. */
  email: string;
  address: string | null;
}

/** All refuse with SERVICE_UNAVAILABLE where the database cannot count. */
export interface Guesses {
  /** Refuses with RATE_LIMITED what `begin` would refuse, without counting: to be asked before waiting for a turn. */
  check(guess: Guess): Promise<void>;
  /** Counts a guess that is about to be made, or refuses it with RATE_LIMITED. */
  begin(guess: Guess): Promise<void>;
  /** Takes the count back: a right password is no guess. */
  succeeded(guess: Guess): Promise<void>;
}
