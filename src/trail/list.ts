import type { Reach } from '../access/reach.ts';
import type { Transaction } from '../db/database.ts';
import { Prisma, type SecurityEvent } from '../db/generated/client.ts';
import { type CountedPage, type PageArgs, pageQuery } from '../db/pages.ts';
import { isId } from '../input.ts';
import type { KeptEvent } from '../telemetry/events.ts';

/** A page of those security events that the viewer reaches and that meet every condition, newest first. */
export async function eventPage(
  db: Transaction,
  reach: Reach<'SecurityEvent'>,
  args: PageArgs,
  filter: EventFilter = {},
): Promise<CountedPage<SecurityEvent>> {
  const { reached, between, orderBy, limit, toPage } = pageQuery(args, NEWEST_FIRST, reach);
  const { event: kinds, ...others } = filter;
  const matching = conditionsOf(others);
  // A page of each kind, for within one kind alone its index is in the order of time.
  const pages = (kinds ? conditionsOfKinds(kinds) : [Prisma.sql`TRUE`]).map(
    (kind) => Prisma.sql`(
      SELECT * FROM "SecurityEvent" WHERE ${kind} AND ${matching} AND ${between} ORDER BY ${orderBy} LIMIT ${limit})`,
  );
  const events = await db.$queryRaw<SecurityEvent[]>`
    SELECT * FROM (${Prisma.join(pages, ' UNION ALL ')}) AS event ORDER BY ${orderBy} LIMIT ${limit}`;
  return {
    ...toPage(events, 'securityEvents'),
    async totalCount() {
      const ofKinds = kinds ? Prisma.sql`event = ANY(${[...kinds]})` : Prisma.sql`TRUE`;
      const [row] = await db.$queryRaw<[{ count: number }]>`
        SELECT count(*)::int AS count FROM "SecurityEvent" WHERE ${ofKinds} AND ${matching} AND ${reached}`;
      return row.count;
    },
  };
}

const conditionsOfKinds = (kinds: readonly KeptEvent[]) =>
  kinds.length === 0 ? [Prisma.sql`FALSE`] : [...new Set(kinds)].map((kind) => Prisma.sql`event = ${kind}`);

function conditionsOf({ userId, since, until }: Omit<EventFilter, 'event'>) {
  const conditions = [Prisma.sql`TRUE`];
  // What is no id is nobody's.
  if (userId != null) conditions.push(isId(userId) ? Prisma.sql`"userId" = ${userId}::uuid` : Prisma.sql`FALSE`);
  if (since != null) conditions.push(Prisma.sql`"occurredAt" >= ${since}`);
  if (until != null) conditions.push(Prisma.sql`"occurredAt" < ${until}`);
  return Prisma.join(conditions, ' AND ');
}

const NEWEST_FIRST = { field: 'occurredAt', direction: 'desc', type: 'timestamptz' } as const;

export interface EventFilter {
  userId?: string | null | undefined;
  event?: readonly KeptEvent[] | null | undefined;
  since?: Date | null | undefined;
  until?: Date | null | undefined;
}
