import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  getOperationAST,
  isObjectType,
  isRequiredArgument,
  parse,
  validate,
} from 'graphql';
import { parseConfig } from '../../../src/config/config.ts';
import { costOf } from '../../../src/graphql/limits/cost.ts';
import { countsOf, fragmentsOf, tokensIn } from '../../../src/graphql/limits/counts.ts';
import { schema } from '../../../src/schema.ts';

const { limits } = parseConfig({});

/** A query to which nothing more can be added at random without going over a limit, begun with what is given. */
export function filled(begun: Part[], random: () => number): Part[] {
  let parts = begun;
  for (let misses = 0; misses < 15; ) {
    const more = withOneMore(parts, schema.getQueryType() as GraphQLObjectType, random);
    if (isAllowed(textOf(more))) parts = more;
    else misses += 1;
  }
  return parts;
}

/** Without a part of it, taken away at random. */
export function thinned(parts: Part[], random: () => number): Part[] {
  const n = pick(parts.length, random);
  const part = parts[n];
  if (!part || part.parts.length < 2 || random() < 0.2) return parts.toSpliced(n, 1);
  return parts.with(n, { ...part, parts: thinned(part.parts, random) });
}

export const textOf = (parts: Part[]) => {
  let aliases = 0;
  const written = (all: Part[]): string =>
    `{ ${all
      .map(({ call, parts }, n) => {
        const isTwice = all.slice(0, n).some((other) => other.call.split('(')[0] === call.split('(')[0]);
        return `${isTwice ? `a${aliases++}: ` : ''}${call}${parts.length > 0 ? ` ${written(parts)}` : ''}`;
      })
      .join(' ')} }`;
  return written(parts);
};

function withOneMore(parts: Part[], type: GraphQLObjectType, random: () => number): Part[] {
  const below = parts.flatMap(({ type, parts }, n) => (parts.length > 0 && isObjectType(type) ? [{ n, type }] : []));
  const inside = random() < 0.75 ? below[pick(below.length, random)] : undefined;
  const part = inside && parts[inside.n];
  if (part) return parts.with(inside.n, { ...part, parts: withOneMore(part.parts, inside.type, random) });
  // Admins alone may have a document explained, and what that takes depends on it.
  const fields = Object.values(type.getFields()).filter(({ name }) => name !== 'explain');
  const field = fields[pick(fields.length, random)] as (typeof fields)[number];
  return [...parts, partOf(field, random)];
}

function partOf(field: GraphQLField<unknown, unknown>, random: () => number): Part {
  const args = field.args.flatMap(({ name, ...arg }) => {
    if (name === 'first') return [`first: ${SIZES[pick(SIZES.length, random)]}`];
    if (name === 'filter' && random() < 0.3) return ['filter: { titleContains: "9" }'];
    return isRequiredArgument({ name, ...arg }) ? [`${name}: "$ID"`] : [];
  });
  const type = getNamedType(field.type);
  const call = `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}`;
  if (!isObjectType(type)) return { call, type: null, parts: [] };
  const fields = Object.values(type.getFields()).filter(({ args }) => args.length === 0);
  return { call, type, parts: [partOf(fields[pick(fields.length, random)] ?? field, random)] };
}

function isAllowed(text: string) {
  const document = parse(text);
  const operation = getOperationAST(document);
  const [counts] = countsOf(document);
  if (!operation || !counts || validate(schema, document).length > 0) return false;
  const cost = costOf(operation, { schema, fragments: fragmentsOf(document), variables: {} });
  return (
    tokensIn(text) <= limits.tokens &&
    cost <= limits.cost &&
    counts.depth <= limits.depth &&
    counts.rootFields <= limits.rootFields &&
    counts.aliases <= limits.aliases
  );
}

const pick = (count: number, random: () => number) => Math.floor(random() * count);
const SIZES = [0, 1, 5, 20, 50, 100];
export interface Part {
  /** The field with its arguments. */
  call: string;
  type: GraphQLObjectType | null;
  parts: Part[];
}
