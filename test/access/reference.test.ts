import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Kind, parse, print } from 'graphql';
import { expect, test } from 'vitest';
import { printSdl, schema } from '../../src/schema.ts';
import { PASSWORD, startApp } from '../kit/app.ts';
import { type Client, createClient } from '../kit/client.ts';
import { isQuick, isThorough } from '../kit/thorough.ts';
import { type Newcomer, newcomer, signedIn } from './people.ts';
import { rootFields, schemaWith, shownAt } from './places.ts';
import { BEYOND_LIMITS, documents, filledIn, LEFT_OUT, type Pools } from './random-documents-generator.ts';
import { rootsIn } from './reference-documents.ts';
import { type Asker, createJudge, type Rows } from './reference-judge.ts';
import { DOMAINS } from './samples.ts';

// On one's own machine a sample: the proof is for CI.
const DOCUMENTS = isThorough ? 2000 : isQuick ? 15 : 30;
const MINUTES = 1_200_000;
const POPULATIONS = DOMAINS.flatMap(({ population }) => population ?? []);
let served = schema;
const app = await startApp({ schema: () => served, env: BEYOND_LIMITS });
const judge = createJudge(printSdl());

// An hour later their token has expired.
const late = await citizen('late');
await app.advance(3_600_000);
const ann = await citizen('ann');
const bob = await citizen('bob');
const sue = await citizen('sue');
const eve = alone(await newcomer(app, 'ADMIN'));
const ivy = await citizen('ivy', 'ADMIN');
const ned = await citizen('ned');
const dan = await citizen('dan');
const del = alone(await newcomer(app));
const dem = await citizen('dem', 'ADMIN');
const joe = await citizen('joe', 'ADMIN');
/** Whom admins do things to. */
const vic = await citizen('vic');
await ned.ask('mutation { logout }');
await del.ask('mutation ($password: String!) { deleteMe(password: $password) }', { password: PASSWORD });
await eve.ask('mutation ($id: ID!) { setUserDisabled(userId: $id, disabled: true) { id } }', { id: dan.user.id });
for (const { user } of [dem, joe])
  await eve.ask('mutation ($id: ID!) { setUserRole(userId: $id, role: USER) { id } }', { id: user.id });

const tables = await app.db.$queryRaw<{ name: string }[]>`
  SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'kept' ORDER BY 1`;
const CONTENTS = tables.map(({ name }) => `(SELECT string_agg(t::text, ',' ORDER BY t::text) FROM "${name}" t)`);

const PEOPLE: Person[] = [
  { who: 'signed out', asker: 'UNAUTHENTICATED', own: ann, others: bob, client: app },
  { who: 'a forged token', asker: 'INVALID_TOKEN', own: ann, others: bob, client: bearing('e30.e30.e30') },
  { who: 'an expired token', asker: 'TOKEN_EXPIRED', own: late, others: ann, client: late },
  { who: 'an ended session', asker: 'SESSION_ENDED', own: ned, others: ann, client: ned },
  { who: 'disabled', asker: 'SESSION_ENDED', own: dan, others: ann, client: dan },
  { who: 'deleted', asker: 'SESSION_ENDED', own: del, others: ann, client: del },
  { who: 'demoted', asker: 'TOKEN_EXPIRED', own: dem, others: ann, client: dem },
  viewer('demoted, and refreshed', await again(joe), ann),
  viewer('an owner', ann, bob),
  viewer('another user', bob, ann),
  viewer('an admin', eve, vic),
  viewer('an admin who owns things', ivy, vic),
  { ...viewer('just signed in', sue, ann), signsIn: true },
];

const DRAWN = documents(schema, LEFT_OUT, Object.keys(ann.kinds));

test(
  `a judge who knows the SDL and the rows agrees with every answer to ${DOCUMENTS} random documents of ${PEOPLE.length} people`,
  async () => {
    const seen = new Map<string, number>();
    const property = fc.asyncProperty(DRAWN, async (document) => {
      fc.pre(isAsked(document));
      const { text } = document;
      for (const person of PEOPLE) expect(await disagreements(text, person, seen), person.who).toEqual([]);
    });
    await fc.assert(property, { numRuns: DOCUMENTS, endOnFailure: true });
    console.info(`${DOCUMENTS * PEOPLE.length} answers judged:`, Object.fromEntries(seen));
    // So that agreement means something: there is something to agree on. In a sample it would be up to chance.
    if (!isThorough) return;
    for (const code of [
      'answered',
      'FORBIDDEN',
      'NOT_FOUND',
      'SESSION_ENDED',
      'answered mutation',
      'FORBIDDEN mutation',
    ])
      expect(seen.get(code), code).toBeGreaterThan(DOCUMENTS / 20);
  },
  MINUTES,
);

const other = (place: string) => (shownAt(place).rule.includes('PUBLIC') ? 'ADMIN' : 'PUBLIC');
const ASKED = rootFields.filter((place) => !LEFT_OUT.includes(place) && !place.startsWith('Subscription'));

/** One root field to a mutation: the second would be about other rows. */
function isAsked({ isMutation, text }: { isMutation: boolean; text: string }) {
  return !isMutation || rootsIn(text).length < 2;
}

const OFFERED = fc.sample(DRAWN, 2000).flatMap((one) => (isAsked(one) ? [{ ...one, roots: rootsIn(one.text) }] : []));

test.each(ASKED)('a judge who reads another SDL of %s than is served disagrees', async (place) => {
  served = schemaWith(place, [other(place)]);
  try {
    const name = place.split('.')[1] ?? '';
    const about = OFFERED.filter(({ roots }) => roots.includes(name));
    expect(await isDisagreedOn(about.map(({ text }) => text))).toBe(true);
  } finally {
    served = schema;
  }
});

async function isDisagreedOn(texts: string[]) {
  for (const text of texts) {
    for (const person of PEOPLE) if ((await disagreements(text, person)).length > 0) return true;
  }
  return false;
}

/** Where the judge disagrees with what the document is answered; afterwards all is as it was. */
async function disagreements(text: string, person: Person, seen?: Map<string, number>) {
  const { asker, own, client, signsIn } = person;
  const isMutation = text.startsWith('mutation');
  const filled = judge.completed(filledIn(text, poolsOf(person)));
  const asked = isMutation && signsIn ? withSignIn(filled, own) : filled;
  known ??= { rows: await rowsNow(), everything: await everything() };
  const before = known.rows;
  const answer = await (isMutation && signsIn ? app : client).ask(asked);
  const codes = (answer.errors ?? []).map(({ extensions: { code } }) => code);
  count(seen, [codes[0] ?? 'answered', ...(isMutation ? [`${codes[0] ?? 'answered'} mutation`] : [])]);
  if (!isMutation) return judge.disagreements(asked, answer, { asker, before, after: before });
  const isChanged = (await everything()) !== known.everything;
  const found = judge.disagreements(asked, answer, { asker, before, after: isChanged ? await rowsNow() : before });
  // Who signs in has a session more.
  if (codes.length > 0 && isChanged && !signsIn) found.push('an error, and something is done');
  if (isChanged) await putBack(person);
  return found;
}

/** As it is until something changes it. */
let known: { rows: Rows; everything: string | undefined } | undefined;

async function rowsNow() {
  const types = DOMAINS.flatMap((domain) => Object.entries(domain.rows ?? {}));
  const entries = types.map(async ([type, rows]) => [type, await rows(app)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** All that is in the database, as one text. */
async function everything() {
  const [row] = await app.db.$queryRawUnsafe<{ all: string }[]>(`SELECT concat_ws(';', ${CONTENTS.join(', ')}) AS all`);
  return row?.all;
}

async function putBack(person: Person) {
  known = undefined;
  const { own, others, asker } = person;
  for (const one of [own, others]) {
    for (const population of POPULATIONS) if (one.mark) await population.putBack(one, one.mark, app);
  }
  if (typeof asker === 'string') return;
  const { user, session } = own;
  await app.db.user.update({ where: { id: user.id }, data: { role: user.role, disabled: false } });
  await app.db.session.deleteMany({ where: { userId: user.id } });
  const renewed = await again(own);
  const kinds = Object.entries(own.kinds).map(([kind, ids]) => [
    kind,
    ids.map((id) => (id === session.id ? renewed.session.id : id)),
  ]);
  Object.assign(own, renewed, { kinds: Object.fromEntries(kinds) });
}

/** The same person, with a new session. */
async function again<Somebody extends Newcomer>(somebody: Somebody): Promise<Somebody> {
  const user = await app.db.user.findUniqueOrThrow({ where: { id: somebody.user.id } });
  return { ...somebody, ...(await signedIn(user, app)) };
}

/** The mutation in the same document as the sign-in, and after it. */
function withSignIn(text: string, { mark }: Citizen) {
  const signIn = parse(`{ in: login(input: { email: "${mark}@example.com", password: "${PASSWORD}" }) {
    __typename user { __typename id } } }`);
  const [first] = signIn.definitions;
  const definitions = parse(text).definitions.map((one) => {
    if (one.kind !== Kind.OPERATION_DEFINITION || first?.kind !== Kind.OPERATION_DEFINITION) return one;
    const selections = [...first.selectionSet.selections, ...one.selectionSet.selections];
    return { ...one, selectionSet: { ...one.selectionSet, selections } };
  });
  return print({ kind: Kind.DOCUMENT, definitions });
}

function poolsOf({ own, others }: Person): Pools {
  const nobodys = Array.from({ length: 10 }, () => randomUUID());
  const kinds = Object.keys(ann.kinds).map(
    (kind) => [kind, { own: own.kinds[kind] ?? [], others: others.kinds[kind] ?? [], nobodys }] as const,
  );
  return {
    ...Object.fromEntries(kinds),
    cursor: { own: [...own.cursors, '', 'bm9ib2R5'], others: others.cursors, nobodys: others.cursors },
    word: { own: [own.mark, 'y'], others: [others.mark], nobodys: ['unicorn', '%'] },
  };
}

/** Somebody with rows of each kind. */
async function citizen(mark: string, role: 'USER' | 'ADMIN' = 'USER'): Promise<Citizen> {
  const person = await newcomer(app, role);
  const kinds: Record<string, string[]> = {};
  const cursors: string[] = [];
  for (const population of POPULATIONS) {
    const there = await population.populate(person, mark, 1, app);
    Object.assign(kinds, there.ids);
    cursors.push(...(there.cursors ?? []));
  }
  return { ...person, mark, kinds, cursors };
}

/** Somebody who has nothing but an account. */
function alone(person: Newcomer): Citizen {
  return { ...person, mark: '', kinds: { user: [person.user.id] }, cursors: [] };
}

function viewer(who: string, own: Citizen, others: Citizen): Person {
  return { who, asker: { id: own.user.id, role: own.user.role }, own, others, client: own };
}

function bearing(token: string) {
  return createClient(app.url, { authorization: `Bearer ${token}` });
}

function count(seen: Map<string, number> | undefined, what: string[]) {
  for (const one of what) seen?.set(one, (seen.get(one) ?? 0) + 1);
}

interface Citizen extends Newcomer {
  mark: string;
  kinds: Record<string, string[]>;
  cursors: string[];
}

interface Person {
  who: string;
  asker: Asker;
  /** Whose things are theirs in a document, and whose are others'. */
  own: Citizen;
  others: Citizen;
  client: Pick<Client, 'ask'>;
  /** Mutations come in the same document as the sign-in. */
  signsIn?: boolean;
}
