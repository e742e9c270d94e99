import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Kind, parse, type SelectionNode } from 'graphql';
import { expect, test } from 'vitest';
import { Prisma } from '../../src/db/generated/client.ts';
import { schema } from '../../src/schema.ts';
import { type Answer, startApp } from '../kit/app.ts';
import { byGraphqlJs } from '../kit/graphql-js.ts';
import { isQuick, isThorough } from '../kit/thorough.ts';
import { type Newcomer, newcomer } from './people.ts';
import { rootFields } from './places.ts';
import { BEYOND_LIMITS, documents, filledIn, LEFT_OUT, type Pools } from './random-documents-generator.ts';
import { DOMAINS } from './samples.ts';

// On one's own machine a sample: the proof is for CI.
const DOCUMENTS = isThorough ? 2000 : isQuick ? 30 : 100;
const MINUTES = 180_000;

const POPULATIONS = DOMAINS.flatMap(({ population }) => population ?? []);
const app = await startApp({ env: BEYOND_LIMITS });
// Whatever a filter chooses of a user's rows, their number is a multiple of this, and of nobody else's.
const ann = await citizen('zebra', 7);
const bob = await citizen('otter', 50);
const eve = await newcomer(app, 'ADMIN');
const pools = new Map<Citizen, Pools>([
  [ann, poolsOf(ann, bob)],
  [bob, poolsOf(bob, ann)],
]);

const PAGE = { origin: 'https://elsewhere.example' };

test('the fields that are left out are there', () => {
  expect(rootFields).toEqual(expect.arrayContaining(LEFT_OUT));
});

test(
  `no answer to one of ${DOCUMENTS} random documents tells a user anything of another`,
  async () => {
    const seen = { mutations: 0, own: 0, admin: 0, twins: 0, undone: 0 };
    const property = fc.asyncProperty(
      documents(schema, LEFT_OUT, Object.keys(ann.kinds)),
      async ({ text, isMutation }) => {
        for (const [asker, other] of [
          [ann, bob],
          [bob, ann],
        ] as const) {
          const before = isMutation ? await fingerprint() : '';
          const answer = await asker.ask(filledIn(text, poolsFor(asker)));
          expect(answer, 'the document is not valid').toHaveProperty('data');
          expect(leaksIn(answer, asker, other, isMutation)).toEqual([]);
          if (JSON.stringify(answer.data).includes(asker.mark)) seen.own++;
          // With one root field, an error means that nothing of it was done.
          if (isMutation && answer.errors && rootsIn(text) === 1) {
            expect(await fingerprint(), JSON.stringify(answer.errors)).toBe(before);
            seen.undone++;
          }
          if (isMutation) await putBack(asker);
          // What comes from a page is for Yoga, not for the short path; and what has a directive for graphql-js, not for a plan.
          else {
            const again = await asker.ask(byGraphqlJs(filledIn(text, poolsFor(asker))), {}, PAGE);
            expect(toldIn(again, answer)).toEqual({ ...toldIn(answer, again), headers: expect.anything() });
          }
          if (isMutation || !text.includes(':others:')) continue;
          // What there is of the other and what there is not cannot be told apart.
          const missing = await asker.ask(filledIn(text.replaceAll(':others:', ':nobodys:'), poolsFor(asker)));
          expect(bodyOf(toldIn(missing, answer))).toEqual(bodyOf(toldIn(answer, missing)));
          seen.twins++;
        }
        if (isMutation) return void seen.mutations++;
        const { data } = await eve.ask(filledIn(text, poolsFor(ann)));
        const told = JSON.stringify(data);
        if (told.includes(ann.mark) || told.includes(bob.mark)) seen.admin++;
      },
    );
    // Before the test's own end, which would hide what was found.
    await fc.assert(property, {
      numRuns: DOCUMENTS,
      interruptAfterTimeLimit: MINUTES * 0.9,
      markInterruptAsFailure: true,
    });
    // So that silence means something: the documents do reach the data, of their own user and, for an admin, of others. In a
    // sample it would be up to chance.
    if (!isThorough) return;
    expect(seen.own).toBeGreaterThan(DOCUMENTS / 10);
    // Three in a hundred; a bound near that would fail by chance.
    expect(seen.admin).toBeGreaterThan(DOCUMENTS / 400);
    expect(seen.twins).toBeGreaterThan(DOCUMENTS / 10);
    expect(seen.mutations).toBeGreaterThan(DOCUMENTS / 10);
    expect(seen.undone).toBeGreaterThan(DOCUMENTS / 50);
  },
  MINUTES,
);

/** Everything in an answer that is the other's: their ids, their words, also inside cursors, and counts that are not the asker's. */
function leaksIn(answer: Answer, asker: Citizen, other: Citizen, isMutation: boolean) {
  const text = JSON.stringify(bodyOf(answer));
  const cursors = [...text.matchAll(/"([\w-]{40,})"/g)].map(([, cursor]) => Buffer.from(cursor ?? '', 'base64url'));
  const told = [text, ...cursors].join(' ');
  const ids = [...told.matchAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g)].map(([id]) => id).filter((id) => other.ids.has(id));
  const words = told.includes(other.mark) ? [other.mark] : [];
  const counts = [...text.matchAll(/"totalCount":(\d+)/g)]
    .map(([, count]) => Number(count))
    .filter((count) => !isMutation && (count % asker.copies > 0 || count > asker.rows));
  return [...ids, ...words, ...counts];
}

/** How many fields the document asks of its root, fragments and all. */
function rootsIn(text: string) {
  const document = parse(filledIn(text, poolsFor(ann)));
  const count = (selections: readonly SelectionNode[]): number =>
    selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FIELD) return sum + Number(selection.name.value !== '__typename');
      if (selection.kind === Kind.INLINE_FRAGMENT) return sum + count(selection.selectionSet.selections);
      const named = document.definitions.find((one) => 'name' in one && one.name?.value === selection.name.value);
      return sum + (named && 'selectionSet' in named ? count(named.selectionSet.selections) : 0);
    }, 0);
  const [operation] = document.definitions;
  return operation && 'selectionSet' in operation ? count(operation.selectionSet.selections) : 0;
}

/** Of every row that there is. */
async function fingerprint() {
  const parts = Object.values(Prisma.ModelName).map(async (model) => {
    const rows = await app.db.$queryRawUnsafe<[{ hash: string | null }]>(
      `SELECT md5(string_agg(one::text, ',' ORDER BY one::text)) AS hash FROM "${model}" AS one`,
    );
    return `${model} ${rows[0].hash}`;
  });
  return (await Promise.all(parts)).join();
}

/** What a mutation did to its own user's data would be counted in the next document. */
async function putBack(asker: Citizen) {
  for (const population of POPULATIONS) await population.putBack(asker, asker.mark, app);
}

/**
 * What is told whatever the timing. GraphQL leaves the order of errors open, and which of them are still told beneath a place
 * that one of them has taken away: there, those that are told in both answers. The status follows from those that are told.
 */
function toldIn(answer: Answer, other: Answer): Answer {
  const [places, others] = [answer, other].map(({ errors }) => errors?.map(({ path }) => String(path)).toSorted());
  const errors = answer.errors
    ?.filter(({ path }) => !isTakenAway(answer.data, path) || others?.includes(String(path)))
    .toSorted((one, two) => String(one.path).localeCompare(String(two.path)));
  const status = String(places) === String(others) ? answer.status : Number.NaN;
  return { ...answer, status, errors };
}

/** Whether nothing is there in which what the path leads to could be null itself. */
function isTakenAway(data: unknown, path: readonly (string | number)[] = []) {
  return path.slice(0, -1).reduce<unknown>((place, key) => (place as Keyed | null)?.[key], data) == null;
}

/** Without the places in the document, which is longer or shorter for somebody else. */
const bodyOf = ({ data, errors }: Answer) => ({
  data,
  errors: errors?.map((error) => ({ ...error, locations: undefined })),
});

const poolsFor = (citizen: Citizen) => pools.get(citizen) as Pools;

/** Somebody whose mark is in everything of theirs, with so many rows of each kind, and cursors of each order. */
async function citizen(mark: string, copies: number): Promise<Citizen> {
  const person = await newcomer(app);
  const ids: Record<string, string[]> = {};
  const cursors: string[] = [];
  let rows = 0;
  for (const population of POPULATIONS) {
    const there = await population.populate(person, mark, copies, app);
    Object.assign(ids, there.ids);
    cursors.push(...(there.cursors ?? []));
    rows += there.rows ?? 0;
  }
  return { ...person, mark, copies, rows, kinds: ids, ids: new Set(Object.values(ids).flat()), cursors };
}

function poolsOf(own: Citizen, others: Citizen): Pools {
  const nobodys = Array.from({ length: 10 }, () => randomUUID());
  const ofNobody = (cursor: string) => {
    const position = Buffer.from(cursor, 'base64url').toString().replace(others.user.id, randomUUID());
    return Buffer.from(position).toString('base64url');
  };
  const kinds = Object.entries(own.kinds).map(([kind, ids]) => {
    const theirs = others.kinds[kind] ?? [];
    // Their own session is the one that asks.
    return [kind, { own: kind === 'session' ? theirs : ids, others: theirs, nobodys }] as const;
  });
  return {
    ...Object.fromEntries(kinds),
    cursor: { own: [...own.cursors, '', 'bm9ib2R5'], others: others.cursors, nobodys: others.cursors.map(ofNobody) },
    word: { own: [own.mark, 'y'], others: [others.mark, `${others.mark}@example.com`], nobodys: ['unicorn', '%'] },
  };
}

type Keyed = Record<string | number, unknown>;

interface Citizen extends Newcomer {
  mark: string;
  copies: number;
  rows: number;
  kinds: Record<string, string[]>;
  ids: Set<string>;
  cursors: string[];
}
