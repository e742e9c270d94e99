// What it costs to learn of what others revoked, and to forget it.
import { openDatabase } from '../../dist/db/database.js';
import { pruneSessions } from '../../dist/sessions/prune.js';
import { createRevocations } from '../../dist/sessions/revocations.js';
import { quantile } from '../server.mjs';
import { connected, processorTimeOf, timeOf } from './postgres.mjs';

const MINUTE = 60_000;
/** As many as one replica makes in four minutes. */
const READS = 500;

/**
 * Milliseconds that a process takes to read what was revoked: all that counts at `now`, as at its start, and each time after; and
 * what each time after takes of PostgreSQL's processor time.
 */
export async function measureFeed(url, now) {
  const database = await openDatabase({ kind: 'server', url });
  const client = await connected(url);
  const first = [];
  const later = [];
  let revocations;
  try {
    for (let turn = 0; turn < 20; turn++) {
      revocations = createRevocations(15 * MINUTE);
      first.push(await timeOf(() => revocations.read(database.db, now)));
    }
    const spent = await processorTimeOf(client, async () => {
      for (let turn = 0; turn < READS; turn++) later.push(await timeOf(() => revocations.read(database.db, now)));
    });
    return { first: quantile(first, 0.1), later: quantile(later, 0.1), inDatabase: spent / READS };
  } finally {
    await client.end();
    await database.close();
  }
}

/** Seconds that forgetting the sessions of long ago takes, how many they are, and milliseconds once there are none. */
export async function measurePruning(url) {
  const database = await openDatabase({ kind: 'server', url });
  const deps = { db: database.db, now: () => new Date() };
  const count = () => database.db.session.count();
  try {
    const before = await count();
    const first = await timeOf(() => pruneSessions(deps));
    const sessions = before - (await count());
    return { sessions, seconds: first / 1000, again: await timeOf(() => pruneSessions(deps)) };
  } finally {
    await database.close();
  }
}
