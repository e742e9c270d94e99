import { type GraphQLObjectType, type GraphQLResolveInfo, isObjectType } from 'graphql';
import { allOfOf, ruleOf } from '../access/declaration.ts';
import { both, type Reach, type RowDeclaration, reachBy } from '../access/reach.ts';
import { lacking, type Rule, rules, type Viewer } from '../access/rules.ts';
import type { Context } from '../context.ts';
import type { Prisma } from '../db/generated/client.ts';

/**
 * Which rows of the model the viewer reaches: by the rule of its type and, where the field that asks has a rule about the row that it
 * is given, by that too. A list, a count or a write cannot be made without, and nobody else can make one: so what the rules say is
 * the condition, and is written nowhere else.
 */
export function reach<Model extends Prisma.ModelName>(model: Model, context: Context, asking: Asking): Reach<Model> {
  const type = asking.schema.getType(model);
  const rule = isObjectType(type) && ruleOf(type);
  if (!rule) throw new Error(`${model} is no object type with a rule.`);
  const viewer = context.identity.viewerOrNull();
  // Who lacks what must hold besides is one whom no rule lets in.
  if (lacking(allOfOf(type), viewer, rules)) return reachBy(model, [], {}, rules, viewer);
  const ofType = { ...reachBy(model, rule, rowsOf(type), rules, viewer), closed: closedOf(type, viewer) };
  const field = asking.parentType?.getFields()[asking.fieldName ?? ''];
  const isAbout = field?.args.some(({ extensions: { access } }) => access?.refersTo === model && !access.answersItself);
  const own = field && isAbout ? ruleOf(field) : undefined;
  if (!own) return ofType;
  return both(ofType, reachBy(model, own, rowsOf(type), rules, viewer));
}

/** Whoever is let in by the object alone may read it of some rows and not of others, so that nothing is found by it either. */
function closedOf(type: GraphQLObjectType, viewer: Viewer | null) {
  const isOpen = (name: string) => {
    const rule: Rule = rules[name as keyof typeof rules];
    return 'who' in rule && rule.who(viewer);
  };
  const fields = Object.values(type.getFields()).filter((field) => !(ruleOf(field)?.some(isOpen) ?? true));
  return new Map(fields.map((field) => [field.name, ruleOf(field) ?? []]));
}

/** As columns and relations: `checkLists` has seen that a type that is listed names nothing else. */
const rowsOf = ({ extensions }: GraphQLObjectType) => (extensions.access ?? {}) as RowDeclaration;

type Asking = Pick<GraphQLResolveInfo, 'schema'> & Partial<Pick<GraphQLResolveInfo, 'parentType' | 'fieldName'>>;
