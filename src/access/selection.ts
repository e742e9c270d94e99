import { collectFields } from '@graphql-tools/utils';
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionNode,
} from 'graphql';
import { AppError, type ErrorCode } from '../errors.ts';
import { allOfOf, ruleOf } from './declaration.ts';
import { type AccessOptions, refusalOf } from './enforcing.ts';
import { foreseen, lacking } from './rules.ts';

/**
 * What of an answer is certain to be refused, whatever objects it will hold: a place none of whose rules can let the viewer in. Asked
 * before a mutation, so that nothing is done that is then refused; null where only objects can tell.
 */
export function refusedInAdvance<Context>(access: AccessOptions<Context>, answer: Answer, context: Context) {
  const identity = access.identify(context);
  const viewer = typeof identity === 'string' ? null : identity;
  for (const { on, rule, allOf, deny, path, nodes, certain } of placesOf(answer, eachOnce())) {
    if (!rule || !certain) continue;
    const isRefused = foreseen(rule, viewer, access.rules) === 'REFUSED';
    const missing = isRefused ? undefined : lacking(allOf, viewer, access.rules);
    if (!isRefused && !missing) continue;
    const anyOf = missing ? [missing] : rule;
    const code = typeof identity === 'string' ? identity : refusalOf(anyOf, missing ? undefined : deny, access.rules);
    const originalError = new AppError(code, `the rule on ${on} cannot hold`, { rule: { on, anyOf } });
    return new GraphQLError(originalError.message, { nodes, path, originalError });
  }
  return null;
}

/** Every field that an answer asks for, and the type of what it returns, in the order of the document. */
export function* placesOf(
  answer: Answer,
  isWanted: Wanted = () => true,
  path: string[] = [answer.key],
  certain = true,
): Generator<Place> {
  const { parent, nodes, schema } = answer;
  const field = parent.getFields()[nodes[0]?.name.value ?? ''];
  if (!field) return;
  const { deny } = field.extensions.access ?? {};
  yield {
    on: `${parent.name}.${field.name}`,
    rule: ruleOf(field),
    allOf: allOfOf(field),
    deny,
    path,
    nodes,
    certain,
    parent,
    field,
  };
  const type = getNamedType(field.type);
  // Which of its types an object will have, only the object can tell.
  const types = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : [];
  const isCertain = certain && isObjectType(type);
  for (const one of types) {
    yield { on: one.name, rule: ruleOf(one), allOf: allOfOf(one), path, nodes, certain: isCertain };
    const selections = nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
    for (const [key, below] of fieldsOf(one, selections, answer)) {
      if (!isWanted(isCertain, [one, ...below])) continue;
      yield* placesOf({ ...answer, parent: one, key, nodes: below }, isWanted, [...path, key], isCertain);
    }
  }
}

/** Fragments within fragments lead to the same fields in exponentially many ways: for a verdict on the whole, one is enough. */
function eachOnce(): Wanted {
  const numbers = new Map<object, number>();
  const seen = new Set<string>();
  const numberOf = (one: object) => {
    const number = numbers.get(one) ?? numbers.size;
    numbers.set(one, number);
    return number;
  };
  return (certain, fields) => {
    const key = [certain, ...fields.map(numberOf)].join(' ');
    return seen.size < seen.add(key).size;
  };
}

/** The fields that are asked of an object of this type, by the name under which they are answered. */
export function fieldsOf(parent: GraphQLObjectType, selections: readonly SelectionNode[], part: Part) {
  const { schema, fragments, variables } = part;
  const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
  return collectFields(schema, fragments, { coerced: variables, sources: {} }, parent, selectionSet).fields;
}

/** Whether to go into these fields of a type. */
type Wanted = (certain: boolean, fields: object[]) => boolean;

interface Part {
  schema: GraphQLSchema;
  fragments: Record<string, FragmentDefinitionNode>;
  variables: Record<string, unknown>;
}

/** A field that is asked of an object of a type, and what is asked of that. */
export interface Answer extends Part {
  parent: GraphQLObjectType;
  key: string;
  nodes: FieldNode[];
}

export interface Place {
  /** The field, or the type of what it returns. */
  on: string;
  /** Undefined for a field without one of its own. */
  rule: string[] | undefined;
  /** Those that must hold besides. */
  allOf: string[];
  deny?: ErrorCode | undefined;
  path: string[];
  nodes: FieldNode[];
  /** False where it may be that no object of this type comes. */
  certain: boolean;
  /** Where it is a field: it, and the type that has it. */
  field?: GraphQLField<unknown, unknown>;
  parent?: GraphQLObjectType;
}
