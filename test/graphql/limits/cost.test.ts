import { buildSchema, getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { costOf } from '../../../src/graphql/limits/cost.ts';
import { fragmentsOf } from '../../../src/graphql/limits/counts.ts';

// Of a domain that nobody has told the limits about.
const schema = buildSchema(`
  scalar JSON
  type Query { note: Note notes: [Note!]! pages(first: Int, last: Int): NotePages! recent(first: Int = 7): NotePages! grid: [[Note]] shelves: [NotePages!] }
  type Mutation { tidy: Boolean }
  type Note { id: ID! pinned: Boolean text: String anything: JSON labels: [String!] parts(last: Int): NotePages! }
  type NotePages { pageInfo: Info! nodes: [Note!]! edges: [NoteEdge!]! average: Float facets: [Note!]! }
  type NoteEdge { cursor: ID! node: Note }
  type Info { endCursor: ID }
  union Thing = Note | Info
`);
const of = (text: string, variables = {}) => {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('There is no operation.');
  return costOf(operation, { schema, fragments: fragmentsOf(document), variables });
};
/** Of which one statement each is looked up at. */
const PLACE = 500;
const PAGE = 50;
const NOTE = 5 + 1;

test('a value costs one, a text ten, an object five and its place', () => {
  expect(of('{ __typename }')).toBe(1);
  expect(of('{ note { id pinned __typename } }')).toBe(PLACE + 5 + 3);
  expect(of('{ note { text anything labels } }')).toBe(PLACE + 5 + 30);
});

test('a list costs as much as a hundred of its items, whoever made it', () => {
  expect(of('{ notes { id } }')).toBe(PLACE + 100 * NOTE);
  expect(of('{ grid { id } }')).toBe(PLACE + 10_000 * NOTE);
});

test('a connection costs as many items as its page has, 20 unless the schema or the document says otherwise', () => {
  const page = (size: number) => PLACE + PAGE + 1 + size * NOTE;
  expect(of('{ pages { nodes { id } } }')).toBe(page(20));
  expect(of('{ recent { nodes { id } } }')).toBe(page(7));
  expect(of('{ pages(first: 30) { nodes { id } } }')).toBe(page(30));
  expect(of('{ pages(first: 0, last: 0) { nodes { id } } }')).toBe(page(1));
  expect(of('{ pages(first: -5) { nodes { id } } }')).toBe(page(1));
  expect(of('query ($n: Int) { pages(last: $n) { nodes { id } } }', { n: 9 })).toBe(page(9));
  expect(of('{ note { parts { nodes { id } } } }')).toBe(PLACE + 5 + page(20));
});

test('an edge costs an object more, what a page tells of itself its rows, and of all pages a statement besides', () => {
  const rows = 20 * 5;
  expect(of('{ pages(first: 3) { edges { cursor node { id } } } }')).toBe(PLACE + PAGE + 1 + 3 * (5 + 1 + NOTE));
  expect(of('{ pages { pageInfo { endCursor } } }')).toBe(PLACE + PAGE + rows + 5 + 1);
  expect(of('{ pages { average } }')).toBe(2 * (PLACE + PAGE) + rows);
  expect(of('{ pages(first: 0) { average } }')).toBe(2 * (PLACE + PAGE) + 5);
  expect(of('{ pages { facets { id } } }')).toBe(2 * PLACE + PAGE + rows + 100 * NOTE);
  expect(of('{ pages(first: 30) { nodes { parts(last: 100) { pageInfo { endCursor } } } } }')).toBe(
    2 * PLACE + PAGE + 1 + 30 * (5 + PAGE + 5 + 1 + 100 * 5),
  );
});

test('a connection under a connection or a list costs a page for each of its objects', () => {
  const inner = PAGE + 1 + 10 * NOTE;
  expect(of('{ pages(first: 30) { nodes { parts(last: 10) { nodes { id } } } } }')).toBe(
    2 * PLACE + PAGE + 1 + 30 * (5 + inner),
  );
  expect(of('{ shelves { nodes { id } } }')).toBe(PLACE + 100 * (PAGE + 1 + 100 * NOTE));
});

test('a fragment costs what stands in it, wherever it is used', () => {
  const plain = of('{ pages(first: 30) { nodes { id text } nodes { id } } }');
  const parts =
    'fragment P on NotePages { nodes { ...N } ... { nodes { ... on Note { id } } } } fragment N on Note { id text }';
  expect(of(`{ pages(first: 30) { ...P } } ${parts}`)).toBe(plain);
});

test('a mutation costs a transaction', () => {
  expect(of('mutation { tidy }')).toBe(501);
});
