import type { GraphQLSchema } from 'graphql';
import { ruleOf } from '../access/declaration.ts';
import { foreseen, rules } from '../access/rules.ts';

/** What the root fields show of themselves, each in a tab; first what takes no signing in. */
export function samplesIn(schema: GraphQLSchema): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((root) => Object.values(root?.getFields() ?? {}));
  return fields
    .flatMap((field) => ({
      sample: field.extensions.sample ?? [],
      isOpen: foreseen(ruleOf(field) ?? [], null, rules) === 'ALLOWED',
    }))
    .sort((a, b) => Number(b.isOpen) - Number(a.isOpen))
    .flatMap(({ sample }) => sample);
}

declare module 'graphql' {
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    /** On a root field: an operation that can be run as it stands, for a tab of GraphiQL, which has the operation's name. */
    sample?: string;
  }
}
