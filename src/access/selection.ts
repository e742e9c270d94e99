import { collectFields } from '@graphql-tools/utils';
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
} from 'graphql';
import { AppError } from '../errors.ts';
import { ruleOf } from './declaration.ts';
import type { AccessOptions } from './enforcing.ts';
import type { Viewer } from './rules.ts';

/**
 * What of an answer is certain to be refused, whatever objects it will hold: a place whose rules are about the viewer alone, none of
 * which lets them in. Asked before a mutation, so that nothing is done that is then refused; null where only objects can tell.
 */
export function refusedInAdvance<Context>(access: AccessOptions<Context>, answer: Answer, context: Context) {
  const identity = access.identify(context);
  const viewer = typeof identity === 'string' ? null : identity;
  const walk = (parent: GraphQLObjectType, nodes: FieldNode[], path: string[]): GraphQLError | null => {
    for (const [key, fields] of fieldsOf(parent, nodes, answer)) {
      const field = parent.getFields()[fields[0]?.name.value ?? ''];
      if (!field) continue;
      const type = getNamedType(field.type);
      const here = [...path, key];
      const places = [
        { on: `${parent.name}.${field.name}`, rule: ruleOf(field), deny: field.extensions.access?.deny },
        ...(isObjectType(type) ? [{ on: type.name, rule: ruleOf(type), deny: undefined }] : []),
      ];
      for (const { on, rule, deny } of places) {
        if (!rule?.every((name) => isHopeless(access, name, viewer))) continue;
        const code = typeof identity === 'string' ? identity : (deny ?? 'FORBIDDEN');
        const originalError = new AppError(code, `the rule on ${on} cannot hold`, { rule: { on, anyOf: rule } });
        return new GraphQLError(originalError.message, { nodes: fields, path: here, originalError });
      }
      const below = isObjectType(type) ? walk(type, fields, here) : null;
      if (below) return below;
    }
    return null;
  };
  return walk(answer.type, answer.nodes, [answer.key]);
}

function isHopeless<Context>(access: AccessOptions<Context>, name: string, viewer: Viewer | null) {
  const rule = access.rules[name];
  return rule !== undefined && 'who' in rule && !rule.who(viewer);
}

/** The fields that are asked of an object at these nodes, by the name under which they are answered. */
function fieldsOf(parent: GraphQLObjectType, nodes: FieldNode[], { schema, fragments, variables }: Answer) {
  const selections = nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
  const selectionSet = { kind: 'SelectionSet', selections } as never;
  return collectFields(schema, fragments, { coerced: variables, sources: {} }, parent, selectionSet).fields;
}

/** A root field's part of a document, and the object type that it returns. */
export interface Answer {
  schema: GraphQLSchema;
  fragments: Record<string, FragmentDefinitionNode>;
  variables: Record<string, unknown>;
  key: string;
  nodes: FieldNode[];
  type: GraphQLObjectType;
}
