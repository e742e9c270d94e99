import { measureNotify, measureStreams } from './changes.mjs';
import { measureFeed, measurePruning } from './feed.mjs';
import { timeOf } from './postgres.mjs';
import { ofAnySize, ofMany, searches } from './reads.mjs';
import { measureReads, openSide } from './side.mjs';

/** Everything, as tables in Markdown, over a database with 100 tasks and one with many. */
export async function* measureAll(small, large, filledAt, { listeners, streams }) {
  // First, since nothing else is found once the horizon has passed.
  const [quiet, busy] = [await measureFeed(small, filledAt), await measureFeed(large, filledAt)];
  yield table(
    ['reading revocations', 'few', 'many'],
    [
      ['when a process starts', ...[quiet, busy].map(({ first }) => `${short(first)} ms`)],
      ['twice a second', ...[quiet, busy].map(({ later }) => `${short(later)} ms`)],
      ['of that, processor time of PostgreSQL', ...[quiet, busy].map(({ inDatabase }) => `${short(inDatabase)} ms`)],
    ],
  );
  const sides = await Promise.all([openSide(small), openSide(large)]);
  const [, many] = sides;
  try {
    const both = await measureReads(ofAnySize, sides);
    yield readsTable(['few', 'many', 'ratio'], both, ([few, many]) => [cell(few), cell(many), ratio(many, few)]);
    yield readsTable(['many'], await measureReads(ofMany, [many]), ([many]) => [cell(many)]);

    const without = await measureReads(searches, [many], 20);
    const seconds = (await timeOf(() => many.client.query(TRIGRAMS))) / 1000;
    const withIndex = await measureReads(searches, [many], 20);
    const found = without.map(({ what, results }, place) => ({
      what,
      results: [...results, ...withIndex[place].results],
    }));
    yield readsTable(['as it is', `with trigrams (${seconds.toFixed(0)} s)`], found, (results) => results.map(cell));

    const { kilobytes, idle, change, changeWith } = await measureStreams(many, streams);
    yield table(
      [`${streams} streams`, 'takes'],
      [
        ['memory of each', `${kilobytes.toFixed(0)} kB`],
        ['judging all of them, twice a second', `${(100 * idle).toFixed(1)} % of a processor`],
        ['a change that nobody here wants, without streams', `${change.toFixed(2)} ms of the process`],
        ['the same with them', `${changeWith.toFixed(2)} ms of the process`],
      ],
    );
  } finally {
    for (const side of sides) await side.stop();
  }

  const notified = [];
  for (const count of listeners) {
    const { perSecond, each } = await measureNotify(large, count);
    notified.push([count, perSecond.toFixed(0), each.toFixed(2)]);
  }
  yield table(['connections that listen', 'changes a second', 'ms of PostgreSQL for each'], notified);

  const { sessions, seconds, again } = await measurePruning(large);
  yield `Pruning took ${seconds.toFixed(1)} s for ${sessions} sessions, and ${again.toFixed(0)} ms once there were none.`;
}

const TRIGRAMS = `CREATE EXTENSION pg_trgm;
  CREATE INDEX users_search ON "User" USING gin (email gin_trgm_ops, name gin_trgm_ops)`;

const readsTable = (columns, reads, show) =>
  table(
    ['', ...columns],
    reads.map(({ what, results }) => [what, ...show(results)]),
  );

/** What the client waits, and of that the database; and how many pages of 8 kB it looks at. */
const cell = ({ best, milliseconds, pages }) => `${short(best)} ms, ${short(milliseconds)} of them in ${pages} pages`;
const ratio = (many, few) => (many.best / few.best).toFixed(2);
const short = (number) => (number < 10 ? number.toFixed(2) : number.toFixed(0));

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
