import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { schema } from '../../src/schema.ts';
import { type Newcomer, newcomer } from '../access/people.ts';
import { shownAt } from '../access/places.ts';
import { documents, filledIn } from '../access/random-documents-generator.ts';
import { DOMAINS } from '../access/samples.ts';
import { type Answer, startApp } from '../kit/app.ts';
import { comparable } from '../kit/comparable.ts';
import { statementsOf } from '../kit/statements.ts';
import { isQuick, isThorough } from '../kit/thorough.ts';

// On one's own machine a sample: the proof is for CI.
const DOCUMENTS = isThorough ? 1000 : isQuick ? 20 : 40;
const EXPLAIN = `query ($id: ID!, $document: String!) {
  explain(userId: $id, document: $document) { path place rule verdict }
}`;

// The feed of revocations asks the database twice a second, which is nobody's operation.
vi.useFakeTimers({ toFake: ['setInterval'] });
const app = await startApp();
const root = await newcomer(app, 'ADMIN');
const ann = await newcomer(app);
const bob = await newcomer(app);
const cat = await newcomer(app);
await root.ask('mutation ($id: ID!) { setUserDisabled(userId: $id, disabled: true) { id } }', { id: cat.user.id });
const people = { owner: ann, 'another user': bob, admin: root, 'somebody disabled': cat };

const kinds: Record<string, Record<'own' | 'others' | 'nobodys', string[]>> = {};
for (const { population } of DOMAINS) {
  const [hers, his] = [
    await population?.populate(ann, 'zebra', 1, app),
    await population?.populate(bob, 'otter', 1, app),
  ];
  for (const [kind, own] of Object.entries(hers?.ids ?? {})) {
    kinds[kind] = { own, others: his?.ids[kind] ?? [], nobodys: [randomUUID()] };
  }
}

const DOCUMENT_LIST = [
  '{ me { email viewerCan { setRole } } sessions { id current } }',
  `query A { it: user(id: "${ann.user.id}") { ...F } } fragment F on User { email role }`,
  '{ users(first: 2) { nodes { email } edges { node { id } } totalCount } }',
  '{ me { id } users { totalCount } }',
  'mutation { updateMe(input: { name: "Somebody" }) { name } }',
  `mutation { it: setUserRole(userId: "${ann.user.id}", role: USER) { role viewerCan { setRole } } }`,
  `mutation { setUserDisabled(userId: "${randomUUID()}", disabled: false) { email } }`,
  `mutation { revokeSession(id: "${randomUUID()}") }`,
  `{ explain(userId: "${ann.user.id}", document: "{ me { id } }") { verdict } }`,
];

test.each(Object.entries(people))('what is explained of %s agrees with what they get', async (_who, person) => {
  for (const document of DOCUMENT_LIST) {
    const verdicts = await explained(person, document);
    const answer = await person.ask(document);
    expect(disagreements(verdicts, answer), document).toEqual([]);
    if (verdicts.some(({ verdict }) => verdict === 'REFUSED')) expect(refusedIn(answer), document).not.toEqual([]);
  }
});

test('each place is told with its path, its rule and its verdict', async () => {
  const [document] = [`{ it: user(id: "${ann.user.id}") { viewerCan { setRole } } users { totalCount } }`];
  const rows = (person: Newcomer) => explained(person, document);
  const at = (place: string) => ({ place, rule: shownAt(place).rule });
  expect(at('Query.user').rule).toContain('OWNER');
  expect(await rows(bob)).toEqual([
    { path: 'it', ...at('Query.user'), verdict: 'DEPENDS' },
    { path: 'it', ...at('User'), verdict: 'DEPENDS' },
    { path: 'it.viewerCan', ...at('UserPermissions'), verdict: 'ALLOWED' },
    { path: 'users', ...at('Query.users'), verdict: 'REFUSED' },
    { path: 'users', ...at('UserConnection'), verdict: 'REFUSED' },
  ]);
  // Whose the object is makes no difference.
  expect(await rows(ann)).toEqual(await rows(bob));
  expect(new Set((await rows(root)).map(({ verdict }) => verdict))).toEqual(new Set(['ALLOWED']));
  expect((await rows(cat)).map(({ verdict }) => verdict)).toEqual([
    'REFUSED',
    'REFUSED',
    'ALLOWED',
    'REFUSED',
    'REFUSED',
  ]);
});

test('a user is judged as they are now', async () => {
  const dan = await newcomer(app);
  const verdict = async () => (await explained(dan, '{ users { totalCount } }'))[0]?.verdict;
  expect(await verdict()).toBe('REFUSED');
  await root.ask('mutation ($id: ID!) { setUserRole(userId: $id, role: ADMIN) { id } }', { id: dan.user.id });
  expect(await verdict()).toBe('ALLOWED');
});

test('nothing is run: no statement but those that look the user up', async () => {
  const document = 'mutation { updateMe(input: { name: "Run" }) { name } deleteMe(password: "") }';
  const sent = await statementsOf(() => explained(ann, document));
  expect(sent).toEqual([
    expect.stringContaining('SELECT id FROM "User" WHERE id ='),
    expect.stringMatching(/^SELECT .* FROM "User" WHERE/),
  ]);
  expect((await app.db.user.findUnique({ where: { id: ann.user.id } }))?.name).not.toBe('Run');
});

test('who is no admin is told nothing, and neither is anybody of a user who does not exist', async () => {
  const variables = (id: string) => ({ id, document: '{ me { id } }' });
  const [own, missing] = [
    await ann.ask(EXPLAIN, variables(ann.user.id)),
    await ann.ask(EXPLAIN, variables(randomUUID())),
  ];
  expect(own.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(comparable(own)).toEqual(comparable(missing));
  expect(await app.codeOf(EXPLAIN, variables(ann.user.id))).toBe('UNAUTHENTICATED');
  for (const id of [randomUUID(), 'no id']) expect(await root.codeOf(EXPLAIN, variables(id))).toBe('NOT_FOUND');
});

test('a document that cannot be run is refused like one that is sent', async () => {
  const { errors } = await root.ask(EXPLAIN, {
    id: ann.user.id,
    document: 'mutation { logoutAll(exceptCurrent: "secret") }',
  });
  expect(errors?.[0]?.extensions).toEqual({
    code: 'BAD_USER_INPUT',
    fields: { document: 'A value does not fit its type.' },
  });
});

test(`what is explained agrees with the answers to ${DOCUMENTS} random documents`, async () => {
  const seen = { ALLOWED: 0, REFUSED: 0, DEPENDS: 0 };
  const property = fc.asyncProperty(documents(schema, [], Object.keys(kinds)), async ({ text, isMutation }) => {
    const document = filledIn(text, kinds);
    fc.pre(!isMutation && document.length <= 10_000);
    for (const person of Object.values(people)) {
      const [verdicts, answer] = [await explained(person, document), await person.ask(document)];
      expect(disagreements(verdicts, answer)).toEqual([]);
      const isRefused = refusedIn(answer).length > 0;
      const said = new Set(verdicts.map(({ verdict }) => verdict));
      if (said.has('REFUSED') && isRefused) seen.REFUSED++;
      else if (said.has('DEPENDS') && isRefused) seen.DEPENDS++;
      else if (!isRefused && !said.has('REFUSED')) seen.ALLOWED++;
    }
  });
  await fc.assert(property, { numRuns: DOCUMENTS, endOnFailure: true });
  // So that agreement means something; in a sample it would be up to chance.
  if (!isThorough) return;
  for (const count of Object.values(seen)) expect(count, JSON.stringify(seen)).toBeGreaterThan(DOCUMENTS / 20);
}, 180_000);

async function explained({ user }: Newcomer, document: string): Promise<Verdict[]> {
  const { data, errors } = await root.ask(EXPLAIN, { id: user.id, document });
  expect(errors).toBeUndefined();
  return data.explain;
}

/** Where something is shown that was said to be refused, and where a rule refuses of which nothing was said. */
function disagreements(verdicts: Verdict[], answer: Answer) {
  const refused = refusedIn(answer);
  const shown = verdicts
    .filter(({ path, verdict }) => verdict === 'REFUSED' && !refused.some((at) => isWithin(path, at)))
    .filter(({ path }) => thereAt(answer.data, path.split('.')));
  const unforeseen = refused.filter(
    (at) => !verdicts.some(({ path, verdict }) => verdict !== 'ALLOWED' && isWithin(at, path)),
  );
  return [...shown, ...unforeseen];
}

/** The places, as paths without indexes, at which a rule refused. */
const refusedIn = ({ errors = [] }: Answer) =>
  errors
    .filter(({ extensions }) => extensions.rule)
    .map(({ path = [] }) => path.filter((step) => typeof step === 'string').join('.'));

const isWithin = (path: string, above: string) => path === above || path.startsWith(`${above}.`);

/** Whether there is anything at the path: where there is no object, there is nothing to refuse. */
function thereAt(value: unknown, path: string[]): boolean {
  if (Array.isArray(value)) return value.some((one) => thereAt(one, path));
  const [step, ...rest] = path;
  return value != null && (step === undefined || thereAt(Reflect.get(Object(value), step), rest));
}

interface Verdict {
  path: string;
  place: string;
  rule: string[];
  verdict: 'ALLOWED' | 'REFUSED' | 'DEPENDS';
}
