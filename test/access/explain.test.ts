import { type GraphQLObjectType, parse } from 'graphql';
import { expect, test } from 'vitest';
import { explain } from '../../src/access/explain.ts';
import { type Rule, rules, type Viewer } from '../../src/access/rules.ts';
import { refusedInAdvance } from '../../src/access/selection.ts';
import { smallBuilder, viewer } from './small.ts';

const vocabulary = {
  ...rules,
  SHARED: { requires: 'somebody it is shared with', description: 'A user with whom it is shared.', of: 'relation' },
  LUCKY: { requires: 'luck', description: 'Whoever is lucky.', judge: () => true },
} satisfies Record<string, Rule>;
const ann = viewer('ann');
const eve = viewer('eve', 'ADMIN');

/** Notes, which nobody ever sees: whatever would run throws. */
function notes() {
  const builder = smallBuilder(vocabulary);
  const resolve = (): never => {
    throw new Error('it was run');
  };
  const owner = { owner: resolve, related: { SHARED: resolve } };
  const Note = builder.objectRef<object>('Note');
  Note.implement({
    auth: ['OWNER', 'SHARED', 'ADMIN'],
    ...owner,
    fields: (t) => ({
      text: t.string({ resolve }),
      secret: t.string({ nullable: true, auth: ['ADMIN'], resolve }),
      lucky: t.string({ nullable: true, auth: ['LUCKY'], args: { loud: t.arg.boolean({ auth: ['ADMIN'] }) }, resolve }),
      related: t.field({ type: Note, resolve }),
      found: t.field({ type: Found as never, resolve }),
    }),
  });
  const Rumour = builder.objectRef<object>('Rumour').implement({
    auth: ['ADMIN'],
    fields: (t) => ({ text: t.string({ nullable: true, auth: ['AUTHENTICATED'], resolve }) }),
  });
  const Found = builder.unionType('Found', { types: [Note, Rumour], resolveType: resolve });
  const Size = builder.enumType('Size', { values: ['S', 'L'] as const });
  const Place = builder.inputType('PlaceInput', { fields: (t) => ({ exact: t.boolean({ auth: ['ADMIN'] }) }) });
  const Input = builder.inputRef<object>('NoteInput').implement({
    fields: (t) => ({
      text: t.string(),
      pinned: t.boolean({ auth: ['ADMIN'] }),
      size: t.field({ type: Size, auth: ['ADMIN'], defaultValue: 'S' }),
      about: t.id({ refersTo: 'Note' }),
      of: t.id({ refersTo: 'Rumour' }),
      at: t.field({ type: Place }),
      answers: t.field({ type: [Input] as never }),
    }),
  });
  builder.queryType({
    fields: (t) => ({
      note: t.field({ type: Note, auth: ['AUTHENTICATED'], resolve }),
      mine: t.field({ type: Note, auth: ['OWNER'], owner: resolve, resolve }),
      open: t.boolean({ auth: ['PUBLIC'], resolve }),
    }),
  });
  builder.mutationType({
    fields: (t) => ({
      write: t.field({ type: Note, auth: ['PUBLIC'], args: { input: t.arg({ type: [Input] }) }, resolve }),
      login: t.field({ type: Note, auth: ['PUBLIC'], signsIn: true, resolve }),
    }),
  });
  builder.subscriptionType({
    fields: (t) => ({ noted: t.field({ type: Note, auth: ['ADMIN'], subscribe: resolve, resolve }) }),
  });
  return builder.toSchema();
}

const schema = notes();
const explained = (document: string, who: Viewer | null = ann) => explain(vocabulary, who, schema, document);
const said = (document: string, who: Viewer | null = ann) =>
  explained(document, who).map(({ path, place, verdict }) => `${path} ${place} ${verdict}`);

test('each place is told with its path, its rule and the verdict, and nothing is run', () => {
  expect(explained('{ it: note { text secret hidden: secret } }')).toEqual([
    { path: 'it', place: 'Query.note', rule: ['AUTHENTICATED'], verdict: 'ALLOWED' },
    { path: 'it', place: 'Note', rule: ['OWNER', 'ADMIN', 'SHARED'], verdict: 'DEPENDS' },
    { path: 'it.secret', place: 'Note.secret', rule: ['ADMIN'], verdict: 'REFUSED' },
    { path: 'it.hidden', place: 'Note.secret', rule: ['ADMIN'], verdict: 'REFUSED' },
  ]);
  expect(said('{ note { secret } }', eve)).toEqual([
    'note Query.note ALLOWED',
    'note Note ALLOWED',
    'note.secret Note.secret ALLOWED',
  ]);
  expect(said('subscription { noted { text } }')).toEqual(['noted Subscription.noted REFUSED', 'noted Note DEPENDS']);
});

test('to nobody belongs nothing; a rule that judges by itself can always say yes', () => {
  expect(said('{ mine { lucky } open __typename }', null)).toEqual([
    'mine Query.mine REFUSED',
    'mine Note REFUSED',
    'mine.lucky Note.lucky DEPENDS',
    'open Query.open ALLOWED',
  ]);
});

test('fragments and directives are followed; what a variable may leave out is judged', () => {
  const document = `query ($yes: Boolean!) { note { ...A ... on Note @include(if: $yes) { secret } } }
    fragment A on Note { related { text secret @skip(if: true) b: secret @skip(if: $yes) } }`;
  expect(said(document)).toEqual([
    'note Query.note ALLOWED',
    'note Note DEPENDS',
    'note.related Note DEPENDS',
    'note.related.b Note.secret REFUSED',
    'note.secret Note.secret REFUSED',
  ]);
});

test('which type an object will have is not foreseen', () => {
  expect(said('{ note { found { ... on Rumour { text } ... on Note { secret } } } }').slice(2)).toEqual([
    'note.found Note DEPENDS',
    'note.found.secret Note.secret DEPENDS',
    'note.found Rumour DEPENDS',
    'note.found.text Rumour.text ALLOWED',
  ]);
});

const write = (given: string, variables = '') =>
  said(`mutation ${variables} { write(input: ${given}) { text } }`)
    .filter((row) => /Input/.test(row))
    .map((row) => row.replace('write NoteInput.', ''))
    .sort();

test.each([
  ['{ text: "x" }', []],
  ['{ pinned: true }', ['pinned REFUSED']],
  ['{ pinned: null }', ['pinned REFUSED']],
  ['[{ text: "x" }, { pinned: true }, { pinned: false }]', ['pinned REFUSED']],
  ['{ answers: [{ at: { exact: true } }] }', ['write PlaceInput.exact REFUSED']],
  ['{ size: S }', []],
  ['{ size: L }', ['size REFUSED']],
  ['{ about: "1", of: "2" }', ['about → Note DEPENDS', 'of → Rumour REFUSED']],
  ['{ about: null }', []],
])('an input that is set is judged: %s', (given, rows) => {
  expect(write(given)).toEqual(rows);
});

test('a variable counts as set; what is in one may be', () => {
  expect(write('{ pinned: $it }', '($it: Boolean)')).toEqual(['pinned REFUSED']);
  const possible = [
    'about → Note DEPENDS',
    'of → Rumour DEPENDS',
    'pinned DEPENDS',
    'size DEPENDS',
    'write PlaceInput.exact DEPENDS',
  ];
  expect(write('$it', '($it: [NoteInput!])')).toEqual(possible);
  expect(write('[$it]', '($it: NoteInput!)')).toEqual(possible);
});

test('an argument of a field that is no root is judged too, and what an admin names may be missing', () => {
  expect(said('{ note { lucky(loud: true) } }').slice(2)).toEqual([
    'note.lucky Note.lucky DEPENDS',
    'note.lucky Note.lucky(loud) REFUSED',
  ]);
  const document = 'mutation { write(input: { pinned: true, of: "2" }) { text } }';
  expect(said(document, eve)).toEqual([
    'write Mutation.write ALLOWED',
    'write NoteInput.pinned ALLOWED',
    'write NoteInput.of → Rumour DEPENDS',
    'write Note ALLOWED',
  ]);
});

test('from where somebody signs in, another asks', () => {
  expect(said('mutation { write { secret } login { secret } then: write { text } }')).toEqual([
    'write Mutation.write ALLOWED',
    'write Note DEPENDS',
    'write.secret Note.secret REFUSED',
    'login Mutation.login ALLOWED',
    'login Note DEPENDS',
    'login.secret Note.secret DEPENDS',
    'then Mutation.write ALLOWED',
    'then Note DEPENDS',
  ]);
});

test.each([
  ['Syntax Error: Check the document at this place.', '{ note { "secret word" } }'],
  ['Cannot query field "notee" on type "Query".', '{ notee { text } }'],
  ['A value does not fit its type.', 'mutation { write(input: { pinned: "secret word" }) { text } }'],
  ['Must hold one operation.', 'query A { open } query B { open }'],
  ['Fragment "A" is never used.', 'fragment A on Note { text }'],
  ['Must not be empty.', ''],
  ['Must have at most 10000 characters.', '{ open } #'.padEnd(10_001)],
  ['Must have at most 2000 tokens.', `{ ${'open '.repeat(1999)}}`],
])('what cannot be run is refused, and not repeated: %s', (complaint, document) => {
  expect(() => explained(document)).toThrow(
    expect.objectContaining({ code: 'BAD_USER_INPUT', extras: { fields: { document: complaint } } }),
  );
});

test('what is nested too deeply to be read is refused as well', () => {
  // How deep that is, is up to the stack: above it, the parser says first what is wrong at the end.
  const complaint = /^(Is nested too deeply|Syntax Error: Check the document at this place)\.$/;
  const refusal = { code: 'BAD_USER_INPUT', extras: { fields: { document: expect.stringMatching(complaint) } } };
  expect(() => explained('{a'.repeat(1000))).toThrow(expect.objectContaining(refusal));
});

/** So many fragments that their fields are reached in two to the power of that many ways. */
const nested = (root: string, levels: number) => {
  const parts = Array.from({ length: levels }, (_, n) => {
    const next = `related { ...F${n + 1} }`;
    return `fragment F${n} on Note { a: ${next} b: ${next} }`;
  });
  return `${root} { ...F0 } } ${parts.join(' ')} fragment F${levels} on Note { text secret }`;
};

test('fragments within fragments are followed up to a limit', () => {
  expect(said(nested('{ note', 5), eve)).toHaveLength(2 + 62 + 32);
  expect(() => explained(nested('{ note', 60))).toThrow(
    expect.objectContaining({ extras: { fields: { document: 'Must ask for at most 1000 places.' } } }),
  );
});

test('before a mutation they cost nobody time', () => {
  const [operation, ...rest] = parse(nested('mutation { write', 60)).definitions;
  const fragments = Object.fromEntries(rest.map((one) => [Reflect.get(one, 'name').value, one]));
  const { selections } = Reflect.get(Object(operation), 'selectionSet');
  const parent = schema.getMutationType() as GraphQLObjectType;
  const answer = { schema, parent, key: 'write', nodes: selections, fragments: fragments as never, variables: {} };
  const refused = (who: Viewer) => refusedInAdvance({ rules: vocabulary, identify: () => who }, answer, {});
  expect(refused(eve)).toBeNull();
  expect(refused(ann)?.path).toEqual(['write', ...Array(60).fill('a'), 'secret']);
});
