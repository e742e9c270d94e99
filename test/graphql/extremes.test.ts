import naughty from 'big-list-of-naughty-strings';
import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { beforeAll, expect, test } from 'vitest';
import { schema } from '../../src/schema.ts';
import { startApp } from '../kit/app.ts';
import { quickSampleOf, sampleOf } from '../kit/thorough.ts';

const { as } = await startApp();
const ROOTS = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
const PLACES = ROOTS.flatMap((root) =>
  Object.values(root?.getFields() ?? {})
    .filter(({ args }) => args.length > 0)
    .map((field): [string, Field] => [`${root?.name.toLowerCase()} ${field.name}`, field]),
);

const TEXTS = [
  '',
  '\0',
  'a\0b',
  '\uD800',
  '\uFEFFx',
  '\u202Ex',
  'x'.repeat(90_000),
  '%s',
  "'; --",
  '$1',
  '\\',
  '{"not": 0}',
];
const NUMBERS = [-1, 1.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, 5e-324, '1e400', 'Infinity'];
const INSTANTS = [
  '0000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59-23:59',
  '9999-12-31T23:59:60Z',
  '+275760-09-13T00:00:00.000Z',
  '2026-02-30T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:00.123456789123Z',
  'infinity',
];
const EVERYWHERE = [true, 2 ** 53, '\0', [], {}, [[]]];

// Before any of them guesses so often that nobody at this address can sign in any more.
beforeAll(async () => {
  for (const [, { name }] of PLACES) await as(name.toLowerCase(), 'ADMIN');
});

test.each(PLACES)(
  'extreme texts, numbers and dates are no failure of ours, whatever argument holds them: %s',
  async (place, field) => {
    const { ask } = await as(field.name.toLowerCase(), 'ADMIN');
    const query = documentOf(place, field);
    const plain = Object.fromEntries(
      field.args.filter(({ type }) => isNonNullType(type)).map(({ name, type }) => [name, plainOf(type)]),
    );
    const sent = field.args.flatMap(({ name, type }) => extremesOf(type).map((value) => ({ ...plain, [name]: value })));
    expect(sent).not.toEqual([]);
    for (const variables of sent) {
      const { status, errors = [] } = await ask(query, variables, { accept: 'application/json' });
      const codes = errors.map(({ extensions }) => extensions.code);
      const said = JSON.stringify(variables).slice(0, 200);
      expect(status, said).toBeLessThan(500);
      expect(codes, said).not.toContain('INTERNAL_SERVER_ERROR');
    }
  },
  120_000,
);

function documentOf(place: string, { name, args, type }: Field) {
  const declared = args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
  const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const selection = isLeafType(getNamedType(type)) ? '' : '{ __typename }';
  return `${place.split(' ')[0]} (${declared}) { ${name}(${passed}) ${selection} }`;
}

/** The type's values in which one place holds something extreme, and the others, as far as there must be any, something plain. */
function extremesOf(type: GraphQLInputType): unknown[] {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [...extremesOf(nullable.ofType).map((item) => [item]), Array(1000).fill('x')];
  if (!isInputObjectType(nullable)) return [...EVERYWHERE, ...(EXTREMES[nullable.name] ?? [])];
  const plain = plainOf(type) as object;
  const fields = Object.values(nullable.getFields());
  return fields.flatMap(({ name, type }) => extremesOf(type).map((value) => ({ ...plain, [name]: value })));
}

function plainOf(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [];
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name;
  if (!isInputObjectType(nullable)) return PLAIN[nullable.name] ?? 'plain';
  const required = Object.values(nullable.getFields()).filter(({ type }) => isNonNullType(type));
  return Object.fromEntries(required.map(({ name, type }) => [name, plainOf(type)]));
}

const EXTREMES: Record<string, unknown[]> = {
  String: [...TEXTS, ...quickSampleOf(sampleOf(sampleOf(naughty)))],
  ID: TEXTS,
  Int: NUMBERS,
  DateTime: [...INSTANTS, ...NUMBERS],
};
const PLAIN: Record<string, unknown> = { Int: 1, Boolean: true, DateTime: '2026-01-01T00:00:00Z' };

type Field = GraphQLField<unknown, unknown>;
