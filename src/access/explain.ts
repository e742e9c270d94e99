import {
  type ArgumentNode,
  type DocumentNode,
  GraphQLError,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isObjectType,
  Kind,
  type ObjectFieldNode,
  parse,
  type ValueNode,
  validate,
  valueFromAST,
  visit,
} from 'graphql';
import { badInput } from '../errors.ts';
import { wordingOf } from '../graphql/answers.ts';
import { tokensIn } from '../graphql/limits/counts.ts';
import { checked, text } from '../input.ts';
import { ruleOf } from './declaration.ts';
import { type Input, isJudged } from './inputs.ts';
import { type Foreseen, foreseen, type Viewer, type Vocabulary } from './rules.ts';
import { fieldsOf, type Place, placesOf } from './selection.ts';

/**
 * What the rules say to this viewer of each place of a document, which is not run: no object is looked at, so that nothing is told of
 * any. Refuses with BAD_USER_INPUT a document that could not be run either.
 */
export function explain(rules: Vocabulary, viewer: Viewer | null, schema: GraphQLSchema, sent: string): Verdict[] {
  const { operation, fragments } = operationIn(sent, schema);
  const parent = schema.getRootType(operation.operation);
  if (!parent) return [];
  const part = { schema, fragments, variables: {} };
  const verdicts = new Map<string, Verdict>();
  /** Not after somebody has signed in: from there on, another asks. */
  let isKnown = true;
  for (const [key, nodes] of fieldsOf(parent, operation.selectionSet.selections, part)) {
    for (const place of placesOf({ ...part, parent, key, nodes })) {
      const path = place.path.join('.');
      const asked: Setting[] = [place, ...settingsOf(place, schema)];
      for (const { on, rule, allOf = [], certain, mayMiss } of asked) {
        for (const one of rule ? [rule, ...allOf.map((name) => [name])] : []) {
          const said = foreseen(one, isKnown ? viewer : null, rules);
          const isOpen = said === 'ALLOWED' ? mayMiss : !(certain && isKnown);
          const verdict = isOpen ? 'DEPENDS' : said;
          verdicts.set([path, on, one, verdict].join(' '), { path, place: on, rule: one, verdict });
        }
      }
      // Fragments within fragments ask for the more places the fewer words they take.
      if (verdicts.size > MAX_VERDICTS) throw badInput('document', `Must ask for at most ${MAX_VERDICTS} places.`);
      if (place.field?.extensions.access?.signsIn) isKnown = false;
    }
  }
  return [...verdicts.values()];
}

function operationIn(sent: string, schema: GraphQLSchema) {
  const { definitions } = readable(checked(text(1, MAX_LENGTH), sent, 'document'), schema);
  const [operation, ...more] = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (!operation || more.length > 0) throw badInput('document', 'Must hold one operation.');
  const parts = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  return { operation, fragments: Object.fromEntries(parts.map((fragment) => [fragment.name.value, fragment])) };
}

/** The document, parsed and valid; whatever a variable may leave out stays in it. */
function readable(sent: string, schema: GraphQLSchema): DocumentNode {
  if (tokensIn(sent) > MAX_TOKENS) throw badInput('document', `Must have at most ${MAX_TOKENS} tokens.`);
  try {
    const document = parse(sent);
    const [error] = validate(schema, document, undefined, { maxErrors: 1 });
    if (error) throw error;
    const isOpen = ({ value }: ArgumentNode) => value.kind === Kind.VARIABLE;
    return visit(document, { Directive: ({ arguments: given }) => (given?.some(isOpen) ? null : undefined) });
  } catch (error) {
    // The parser goes down by recursion.
    if (error instanceof RangeError) throw badInput('document', 'Is nested too deeply.');
    if (!(error instanceof GraphQLError)) throw error;
    throw badInput('document', wordingOf(error, false));
  }
}

/** What a field is given: the rule of who may set it, and the rule of what it names. */
function settingsOf({ field, parent, nodes, certain, path }: Place, schema: GraphQLSchema): Setting[] {
  const [node] = nodes;
  if (!field || !parent || !node?.arguments) return [];
  const info = { parentType: parent, fieldName: field.name, returnType: field.type };
  return [...givenIn(field.args, node.arguments, `${parent.name}.${field.name}`, true)].flatMap((given) => {
    const { place, input, value } = given;
    const isCertain = certain && value !== undefined;
    const named = schema.getType(input.extensions.access?.refersTo ?? '');
    const isNamed = isObjectType(named) && value?.kind !== Kind.NULL && isJudged(place, input, info);
    return [
      { on: place, rule: ruleOf(input), path, certain: isCertain },
      // What there is not is refused like what is somebody else's.
      ...(isNamed
        ? [{ on: `${place} → ${named.name}`, rule: ruleOf(named), path, certain: isCertain, mayMiss: true }]
        : []),
    ];
  });
}

/** Every input that the document sets, at any depth; one that is a variable counts as set. */
function* givenIn(inputs: readonly Input[], nodes: readonly GivenNode[], parent: string, isField = false): Inputs {
  for (const { name, value } of nodes) {
    const input = inputs.find((one) => one.name === name.value);
    if (!input) continue;
    const place = isField ? `${parent}(${input.name})` : `${parent}.${input.name}`;
    if (!isDefault(input, value)) yield { place, input, value };
    const type = getNamedType(input.type);
    if (!isInputObjectType(type)) continue;
    for (const one of singles(value)) {
      if (one.kind === Kind.OBJECT) yield* givenIn(Object.values(type.getFields()), one.fields, type.name);
      if (one.kind === Kind.VARIABLE) yield* possibleIn(type);
    }
  }
}

/** What a variable of this type can set. */
function* possibleIn(type: GraphQLInputObjectType, seen = new Set<unknown>()): Inputs {
  if (seen.has(type)) return;
  seen.add(type);
  for (const input of Object.values(type.getFields())) {
    yield { place: `${type.name}.${input.name}`, input, value: undefined };
    const below = getNamedType(input.type);
    if (isInputObjectType(below)) yield* possibleIn(below, seen);
  }
}

/** A default is nobody's choice, whoever writes it down. */
const isDefault = ({ defaultValue, type }: Input, value: ValueNode) =>
  defaultValue != null && valueFromAST(value, type) === defaultValue;

const singles = (value: ValueNode): readonly ValueNode[] =>
  value.kind === Kind.LIST ? value.values.flatMap(singles) : [value];

/** Characters. */
const MAX_LENGTH = 10_000;
const MAX_TOKENS = 2000;
const MAX_VERDICTS = 1000;

export interface Verdict {
  /** The names under which it is answered: `a.user.email`. */
  path: string;
  /** What carries the rule, as in the matrix. */
  place: string;
  rule: string[];
  verdict: Foreseen;
}

interface Setting extends Pick<Place, 'on' | 'rule' | 'certain' | 'path'> {
  allOf?: string[];
  mayMiss?: boolean;
}

type GivenNode = ArgumentNode | ObjectFieldNode;

type Inputs = Generator<{
  place: string;
  input: Input;
  /** Undefined where only the variable can tell whether it is set. */
  value: ValueNode | undefined;
}>;
