import type { Observed } from './metrics.ts';

/** What the metrics tell of the parts, each at the moment that somebody asks. */
export function observed({
  hashing,
  changes,
  revocations,
  delivery,
  database: { connections },
}: ObservedParts): Observed {
  return {
    hashing_waiting: { help: 'Passwords that wait to be hashed.', read: hashing.waiting },
    streams_open: { help: 'Open subscriptions.', read: changes.open },
    revocations_known: { help: 'Ended sessions and changed rights that tokens are judged by.', read: revocations.size },
    ...(delivery && {
      // A database that is away must not take the other metrics with it.
      mails_waiting: { help: 'Mails to be sent, of all processes.', read: () => delivery.waiting().catch(() => NaN) },
      mails_sent: { help: 'Mails sent since the start.', read: () => delivery.counts().sent },
      mails_failed: { help: 'Tries to send one that failed.', read: () => delivery.counts().failed },
      mails_given_up: { help: 'Mails that will never be sent.', read: () => delivery.counts().givenUp },
    }),
    ...(connections && {
      connections_total: { help: 'Connections to the database.', read: () => connections().total },
      connections_idle: { help: 'Those of them that nobody uses.', read: () => connections().idle },
      connections_waited_for: { help: 'Statements that wait for a connection.', read: () => connections().waiting },
    }),
  };
}

interface ObservedParts {
  hashing: { waiting(): number };
  changes: { open(): number };
  revocations: { size(): number };
  delivery: { counts(): { sent: number; failed: number; givenUp: number }; waiting(): Promise<number> } | null;
  database: { connections: (() => { total: number; idle: number; waiting: number }) | null };
}
