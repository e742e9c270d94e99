import { collectFields } from '@graphql-tools/utils';
import {
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionNode,
} from 'graphql';
import { AppError } from '../errors.ts';
import { ruleOf } from './declaration.ts';
import type { AccessOptions } from './enforcing.ts';
import type { Viewer } from './rules.ts';

/**
 * What of a selection is certain to be refused, whatever objects its answer will hold: a place none of whose rules can let the viewer
 * in. Asked before a mutation, so that nothing is done that is then refused; null where only objects can tell.
 */
export function refusedInAdvance<Context>(access: AccessOptions<Context>, selected: Selected, context: Context) {
  const identity = access.identify(context);
  const viewer = typeof identity === 'string' ? null : identity;
  const walk = (
    parent: GraphQLObjectType,
    selections: readonly SelectionNode[],
    path: string[],
  ): GraphQLError | null => {
    for (const [key, nodes] of fieldsOf(parent, selections, selected)) {
      const field = parent.getFields()[nodes[0]?.name.value ?? ''];
      if (!field) continue;
      const type = getNamedType(field.type);
      const places = [
        { on: `${parent.name}.${field.name}`, rule: ruleOf(field), deny: field.extensions.access?.deny },
        ...(isObjectType(type) ? [{ on: type.name, rule: ruleOf(type), deny: undefined }] : []),
      ];
      for (const { on, rule, deny } of places) {
        if (!rule?.every((name) => isHopeless(access, name, viewer))) continue;
        const code = typeof identity === 'string' ? identity : (deny ?? 'FORBIDDEN');
        const originalError = new AppError(code, `the rule on ${on} cannot hold`, { rule: { on, anyOf: rule } });
        return new GraphQLError(originalError.message, { nodes, path: [...path, key], originalError });
      }
      const below = nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
      const refusal = isObjectType(type) ? walk(type, below, [...path, key]) : null;
      if (refusal) return refusal;
    }
    return null;
  };
  return walk(selected.parent, selected.selections, []);
}

/** Without a viewer, nobody owns or is related to anything. */
function isHopeless<Context>(access: AccessOptions<Context>, name: string, viewer: Viewer | null) {
  const rule = access.rules[name];
  if (!rule || 'judge' in rule) return false;
  return 'who' in rule ? !rule.who(viewer) : viewer === null;
}

/** The fields that are asked of an object, by the name under which they are answered. */
function fieldsOf(
  parent: GraphQLObjectType,
  selections: readonly SelectionNode[],
  { schema, fragments, variables }: Selected,
) {
  const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
  return collectFields(schema, fragments, { coerced: variables, sources: {} }, parent, selectionSet).fields;
}

/** What is selected of a type, in a document with these fragments and variables. */
export interface Selected {
  schema: GraphQLSchema;
  fragments: Record<string, FragmentDefinitionNode>;
  variables: Record<string, unknown>;
  parent: GraphQLObjectType;
  selections: readonly SelectionNode[];
}
