import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { type SeedTask, seedTasks } from './kit.ts';

const { as, db } = await startApp();
const ann = await as('ann');
await seedTasks(db, (await as('bob')).id, [{ title: 'a' }, { title: 'b', dueAt: new Date(0) }]);

// Few values, so that many are equal: there the id decides.
const instant = fc.constantFrom(-62e12, 0, 1, 2, 2e12).map((time) => new Date(time));
const task = fc.record<SeedTask>({
  title: fc.constantFrom('a', 'A', 'b', 'ß', 'ss', 'é', 'É', 'z', '\u{10400}', '\u{1F600}', '\uFFFD', '_', '%', '\\'),
  status: fc.constantFrom('TODO', 'IN_PROGRESS', 'DONE'),
  dueAt: fc.option(instant),
  createdAt: instant,
  updatedAt: instant,
});
const FIELDS = { CREATED_AT: 'createdAt', UPDATED_AT: 'updatedAt', DUE_AT: 'dueAt', TITLE: 'titleFolded' } as const;
const walk = fc.record({
  tasks: fc.array(task, { maxLength: 25 }),
  field: fc.constantFrom(...(Object.keys(FIELDS) as (keyof typeof FIELDS)[])),
  direction: fc.constantFrom('ASC', 'DESC'),
  backwards: fc.boolean(),
  size: fc.integer({ min: 1, max: 8 }),
  status: fc.option(fc.subarray(['TODO', 'IN_PROGRESS', 'DONE'])),
  /** What happens between two pages. */
  meanwhile: fc.array(fc.oneof(task, fc.constant('delete the row of the cursor'), fc.nat(24)), { maxLength: 12 }),
});

const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter, $orderBy: TaskOrder) {
  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

test('a walk in any order, either way, meets every row once and in order, whatever is inserted and deleted meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(walk, async ({ tasks, field, direction, backwards, size, status, meanwhile }) => {
      await db.task.deleteMany({ where: { ownerId: ann.id } });
      const there = tasks.length === 0 ? [] : await seedTasks(db, ann.id, tasks);
      const gone = new Set<string>();
      const remove = async (id: string) => {
        await db.task.deleteMany({ where: { id } });
        gone.add(id);
      };

      const seen: string[] = [];
      let cursor: string | null = null;
      for (let more = true; more; ) {
        const place = backwards ? { last: size, before: cursor } : { first: size, after: cursor };
        const { data, errors } = await ann.ask(PAGE, { ...place, filter: { status }, orderBy: { field, direction } });
        expect(errors).toBeUndefined();
        const { edges, pageInfo } = data.tasks;
        const ids = edges.map((edge: { node: { id: string } }) => edge.node.id);
        expect(pageInfo).toMatchObject({
          startCursor: edges[0]?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
        });
        expect(ids.length).toBeLessThanOrEqual(size);
        seen.push(...(backwards ? ids.reverse() : ids));
        more = backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage;
        cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor;
        const change = meanwhile.pop();
        if (typeof change === 'number') await remove(there[change]?.id ?? ann.id);
        else if (typeof change === 'string') await remove(seen.at(-1) ?? ann.id);
        else if (change) await seedTasks(db, ann.id, [change]);
      }

      expect(new Set(seen).size).toBe(seen.length);
      const stayed = there.filter(({ id }) => !gone.has(id)).filter((row) => !status || status.includes(row.status));
      const expected = stayed.sort((a, b) => compare(a, b, FIELDS[field])).map(({ id }) => id);
      if ((direction === 'DESC') !== backwards) expected.reverse();
      const known = new Set(expected);
      expect(seen.filter((id) => known.has(id))).toEqual(expected);
    }),
    { numRuns: 60 },
  );
}, 60_000);

/** As bytes, for that is how the database orders text; nulls last; and the id among equals. */
function compare(a: Row, b: Row, field: keyof Row) {
  const [x, y] = [a, b]
    .map((row) => row[field] ?? '\u{10FFFF}')
    .map((value) => (value instanceof Date ? value.getTime() : value));
  const by =
    typeof x === 'number' && typeof y === 'number'
      ? x - y
      : typeof x === typeof y
        ? bytes(x, y)
        : typeof x === 'number'
          ? -1
          : 1;
  return by || bytes(a.id, b.id);
}

const bytes = (a: unknown, b: unknown) => Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));

type Row = Awaited<ReturnType<typeof seedTasks>>[number];
