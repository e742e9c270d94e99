import { type GraphQLObjectType, type GraphQLResolveInfo, isObjectType } from 'graphql';
import { ruleOf } from '../access/declaration.ts';
import { type Reach, type RowDeclaration, reachBy } from '../access/reach.ts';
import type { Context } from '../context.ts';
import type { Prisma } from '../db/generated/client.ts';
import { access } from './builder.ts';

/**
 * Which rows of the model the viewer reaches, by the rule of its type. A list, a count or a write cannot be made without, and nobody
 * else can make one: so what the rule says is the condition, and is written nowhere else.
 */
export function reach<Model extends Prisma.ModelName>(
  model: Model,
  context: Context,
  { schema }: Pick<GraphQLResolveInfo, 'schema'>,
): Reach<Model> {
  const type = schema.getType(model);
  const rule = isObjectType(type) && ruleOf(type);
  if (!rule) throw new Error(`${model} is no object type with a rule.`);
  return reachBy(model, rule, rowsOf(type), access.rules, context.identity.viewerOrNull());
}

/** As columns and relations: `checkLists` has seen that a type that is listed names nothing else. */
const rowsOf = ({ extensions }: GraphQLObjectType) => (extensions.access ?? {}) as RowDeclaration;
