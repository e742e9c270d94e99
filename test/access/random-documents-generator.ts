import fc, { type GeneratorValue } from 'fast-check';
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
} from 'graphql';

/**
 * Valid documents, built from the schema: selections with arguments, aliases, variables, inline and named fragments. In place of
 * ids, cursors and words there are marks, which `filledIn` replaces for whoever asks.
 */
export const documents = (schema: GraphQLSchema, leftOut: string[], kinds: string[]) =>
  fc.gen().map((pick) => {
    const isMutation = pick(fc.nat, 3) === 0;
    const root = isMutation ? schema.getMutationType() : schema.getQueryType();
    if (!root) throw new Error('There is no root type.');
    const document: Drawn = { pick, leftOut, kinds, names: 0, variables: [], fragments: [] };
    const selection = selectionOf(root, 0, document);
    const variables = document.variables.length > 0 ? ` (${document.variables.join(', ')})` : '';
    const text = `${isMutation ? 'mutation' : 'query'}${variables} ${selection}`;
    return { isMutation, text: [text, ...document.fragments].join('\n') };
  });

/** Mutations that cost a hash or a mail each, or end the session that asks. */
export const LEFT_OUT = [
  'signup',
  'login',
  'refresh',
  'reauthenticate',
  'changePassword',
  'changePasswordAndRefresh',
  'deleteMe',
  'requestEmailConfirmation',
  'requestPasswordReset',
  'changeEmail',
  'logout',
  'logoutAll',
].map((name) => `Mutation.${name}`);

/** Configuration: what they ask for has no measure, and the limits have tests of their own. */
export const BEYOND_LIMITS = {
  GRAPHQL_MAX_COST: '1000000',
  GRAPHQL_MAX_TOKENS: '100000',
  GRAPHQL_MAX_CHARACTERS: '100000',
  GRAPHQL_MAX_ALIASES: '1000',
  GRAPHQL_MAX_DEPTH: '100',
  GRAPHQL_MAX_ROOT_FIELDS: '1000',
};

/** The document as somebody sends it, with one of theirs, of the other's or of nobody's for each mark. */
export const filledIn = (text: string, pools: Pools) =>
  text.replaceAll(/<(\w+):(\w+):(\d+)>/g, (_mark, kind: string, whose: Whose, n: string) => {
    const pool = pools[kind]?.[whose] ?? [];
    return pool[Number(n) % pool.length] ?? '';
  });

function selectionOf(type: GraphQLObjectType, depth: number, document: Drawn): string {
  const { pick, leftOut } = document;
  const all = Object.values(type.getFields()).filter(({ name }) => !leftOut.includes(`${type.name}.${name}`));
  const reachable = all.filter((field) => depth < MAX_DEPTH || !isObjectType(getNamedType(field.type)));
  const count = 1 + pick(fc.nat, depth === 0 ? 1 : 3);
  const parts = Array.from({ length: count }, () => {
    const field = reachable[pick(fc.nat, Math.max(0, reachable.length - 1))];
    return field && pick(fc.nat, 11) > 0 ? fieldOf(field, depth, document) : '__typename';
  });
  return `{ ${wrapped(parts, type.name, document)} }`;
}

/** Some as they are, some in a fragment: without a type, on the type, or by name. */
function wrapped(parts: string[], type: string, { pick, fragments }: Drawn) {
  const split = pick(fc.nat, parts.length);
  const [outside, inside] = [parts.slice(0, split).join(' '), parts.slice(split).join(' ')];
  const kind = pick(fc.nat, 5);
  if (inside === '' || kind > 2) return `${outside} ${inside}`;
  if (kind < 2) return `${outside} ...${kind === 0 ? '' : ` on ${type}`} { ${inside} }`;
  const name = `F${fragments.length}`;
  fragments.push(`fragment ${name} on ${type} { ${inside} }`);
  return `${outside} ...${name}`;
}

function fieldOf(field: GraphQLField<unknown, unknown>, depth: number, document: Drawn) {
  const { pick } = document;
  const args = field.args.flatMap(({ name, type, defaultValue }) => {
    if ((!isNonNullType(type) || defaultValue !== undefined) && pick(fc.nat, 2) > 0) return [];
    return [`${name}: ${argumentOf(type, name, document)}`];
  });
  const type = getNamedType(field.type);
  const selection = isObjectType(type) ? ` ${selectionOf(type, depth + 1, document)}` : '';
  // Two of the same name must have the same arguments, wherever they meet.
  const alias = args.length > 0 || pick(fc.nat, 4) === 0 ? `a${document.names++}: ` : '';
  return `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${selection}`;
}

function argumentOf(type: GraphQLInputType, name: string, document: Drawn) {
  const value = literalOf(type, name, document);
  if (document.pick(fc.nat, 3) > 0) return value;
  const variable = `$v${document.variables.length}`;
  document.variables.push(`${variable}: ${type} = ${value}`);
  return variable;
}

function literalOf(type: GraphQLInputType, name: string, document: Drawn): string {
  const { pick } = document;
  if (!isNonNullType(type) && pick(fc.nat, 9) === 0) return 'null';
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    return `[${Array.from({ length: pick(fc.nat, 2) }, () => literalOf(nullable.ofType, name, document)).join(', ')}]`;
  }
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields()).filter(
      (it) => isRequiredInputField(it) || pick(fc.nat, 1) === 0,
    );
    return `{ ${fields.map((it) => `${it.name}: ${literalOf(it.type, it.name, document)}`).join(', ')} }`;
  }
  if (isEnumType(nullable))
    return oneOf(
      nullable.getValues().map((value) => value.name),
      pick,
    );
  if (nullable.name === 'ID') return mark(oneOf(document.kinds, pick), pick);
  if (nullable.name === 'String') {
    if (name === 'after' || name === 'before') return mark('cursor', pick);
    if (SEARCH.test(name)) return mark('word', pick);
    return `"${oneOf(['Buy milk', 'x', '', 'Sell milk'], pick)}"`;
  }
  const values = SCALARS[nullable.name];
  if (values) return oneOf(values, pick);
  throw new Error(`Nobody has said what a ${nullable.name} looks like. Add some to SCALARS in this file.`);
}

const mark = (kind: string, pick: GeneratorValue) =>
  `"<${kind}:${oneOf(['own', 'own', 'others', 'others', 'nobodys'], pick)}:${pick(fc.nat, 9)}>"`;

const oneOf = (values: string[], pick: GeneratorValue) => values[pick(fc.nat, values.length - 1)] ?? '';

const MAX_DEPTH = 4;
const SEARCH = /^search$|Contains$/;
const SCALARS: Record<string, string[]> = {
  Int: [...'1234512345123451234512345', '0', '20', '100', '-1', '101'],
  Boolean: ['true', 'false'],
  DateTime: ['"2026-01-01T00:00:00Z"', '"2027-01-01T00:00:00+01:00"', '"2030-06-01T12:00:00Z"'],
};

type Whose = 'own' | 'others' | 'nobodys';
/** What there is of each kind: of ids, `cursor` and `word`. */
export type Pools = Record<string, Record<Whose, string[]>>;

interface Drawn {
  pick: GeneratorValue;
  /** Fields, such as `Mutation.logout`, that no document has. */
  leftOut: string[];
  /** Of ids. */
  kinds: string[];
  names: number;
  variables: string[];
  fragments: string[];
}
