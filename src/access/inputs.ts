import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLResolveInfo,
  getNamedType,
  isInputObjectType,
} from 'graphql';
import { AppError } from '../errors.ts';
import { ruleOf, withLine } from './declaration.ts';
import type { AccessOptions } from './enforcing.ts';
import { asksFor, foreseen, holds, type Vocabulary } from './rules.ts';

/** The rule of who may set an argument or an input field, which is about the viewer alone: there is no object yet. */
export function checkSettable(place: string, rule: string[], vocabulary: Vocabulary) {
  const about = rule.find((name) => asksFor(vocabulary[name]) !== null);
  if (!about) return;
  throw new Error(
    `${place} requires ${about}, which is about an object. Who may set an input is said by the viewer alone.`,
  );
}

/** Every ID says of what it is, so that nobody can point at what they do not reach. */
export function checkReference(place: string, isId: boolean, { refersTo }: InputDeclaration) {
  if (isId === (refersTo !== undefined)) return;
  throw new Error(
    isId
      ? `${place} is an ID and does not say of what. Add refersTo: '…', the type of which the viewer must reach what it names.`
      : `${place} says refersTo and is no ID.`,
  );
}

/** The description with the line that says of what an id is, for GraphiQL and the SDL. */
export function referring(description: string | null | undefined, { refersTo, answersItself }: InputDeclaration) {
  if (!refersTo) return description;
  const reach = answersItself ? '' : ', which the viewer must reach';
  return withLine(description, `Refers to: ${refersTo}${reach}.`);
}

/** Whether anything that the field may be given has a rule or names a row, at any depth: of most, nothing has. */
export function areJudged({ parentType, fieldName }: FieldInfo): boolean {
  const field = parentType.getFields()[fieldName];
  if (!field) return true;
  const known = JUDGED.get(field) ?? field.args.some((input) => isOrHoldsJudged(input, new Set()));
  JUDGED.set(field, known);
  return known;
}

function isOrHoldsJudged(input: Input, seen: Set<unknown>): boolean {
  if (ruleOf(input) || input.extensions.access?.refersTo) return true;
  const type = getNamedType(input.type);
  if (!isInputObjectType(type) || seen.has(type)) return false;
  seen.add(type);
  return Object.values(type.getFields()).some((below) => isOrHoldsJudged(below, seen));
}

const JUDGED = new WeakMap<GraphQLField<unknown, unknown>, boolean>();

/**
 * Judges what a field is given, before its resolver runs: whether the viewer may set what is set (null is setting it, leaving it
 * out is not), and whether they reach what each id names. What there is not and what is somebody else's are the same answer.
 */
export async function judgeInputs<Context>(
  access: AccessOptions<Context>,
  args: object,
  context: Context,
  info: GraphQLResolveInfo,
) {
  const field = info.parentType.getFields()[info.fieldName];
  const given = field ? givenIn(field.args, args, `${info.parentType.name}.${info.fieldName}`) : [];
  for (const { place, input } of given) {
    const rule = ruleOf(input);
    if (rule) judgeSetting(access, place, rule, context);
  }
  const identity = access.identify(context);
  const viewer = typeof identity === 'string' ? null : identity;
  // Whom a rule lets in whatever the object has had none looked up, and may name one that is not there.
  const isLookedUp = foreseen((field && ruleOf(field)) ?? [], viewer, access.rules) !== 'ALLOWED';
  const named = given.filter(({ place, input, value }) => value !== null && isJudged(place, input, info, isLookedUp));
  await Promise.all(named.map(({ place, input, value }) => judgeReference(access, place, input, value, context, info)));
}

/**
 * Whether the id has to be looked up: not where the rule of the type that the field returns says the same of it, nor where the field's
 * own rule has done so.
 */
export function isJudged(place: string, { extensions, name }: Input, info: FieldInfo, isLookedUp = true) {
  const { parentType, fieldName, returnType } = info;
  const { refersTo, answersItself } = extensions.access ?? {};
  if (!refersTo || answersItself) return false;
  const isArgument = place === `${parentType.name}.${fieldName}(${name})`;
  if (isArgument && parentType.name === 'Query' && getNamedType(returnType).name === refersTo) return false;
  return !(isArgument && isLookedUp && parentType.getFields()[fieldName]?.extensions.access?.about === name);
}

function judgeSetting<Context>(access: AccessOptions<Context>, place: string, rule: string[], context: Context) {
  const identity = access.identify(context);
  const viewer = typeof identity === 'string' ? null : identity;
  const never = { ownerId: () => null, isRelated: () => false };
  if (rule.some((name) => access.rules[name] && holds(access.rules[name], viewer, never))) return;
  const code = typeof identity === 'string' ? identity : 'FORBIDDEN';
  throw new AppError(code, `the rule on setting ${place} does not hold`, { rule: { on: place, anyOf: rule } });
}

async function judgeReference<Context>(
  access: AccessOptions<Context>,
  place: string,
  { extensions }: Input,
  value: unknown,
  context: Context,
  { schema }: GraphQLResolveInfo,
) {
  const type = extensions.access?.refersTo ?? '';
  const identity = access.identify(context);
  if (typeof identity === 'string')
    throw new AppError(identity, `${place} needs a viewer`, { rule: { on: place, anyOf: [] } });
  for (const id of [value].flat()) {
    if (await access.lookUp?.reaches(type, String(id), context, schema)) continue;
    throw new AppError('NOT_FOUND', `${place} names no ${type} that the viewer reaches`, {
      rule: { on: place, anyOf: [] },
    });
  }
}

/** Every input that is given, at any depth, with its place. */
function givenIn(inputs: readonly Input[], values: object, parent: string, isField = true): Given[] {
  return inputs.flatMap((input) => {
    const value = Reflect.get(values, input.name);
    if (value === undefined) return [];
    const place = isField ? `${parent}(${input.name})` : `${parent}.${input.name}`;
    const type = getNamedType(input.type);
    const below = isInputObjectType(type) && value !== null ? [value].flat() : [];
    return [
      // A default is nobody's choice.
      ...(value === null || value !== input.defaultValue ? [{ place, input, value }] : []),
      ...below.flatMap((one) =>
        isInputObjectType(type) ? givenIn(Object.values(type.getFields()), one as never, type.name, false) : [],
      ),
    ];
  });
}

export interface InputDeclaration {
  auth?: unknown;
  refersTo?: string;
  answersItself?: boolean;
}

export type Input = GraphQLArgument | GraphQLInputField;
type FieldInfo = Pick<GraphQLResolveInfo, 'parentType' | 'fieldName' | 'returnType'>;

interface Given {
  place: string;
  input: Input;
  value: unknown;
}
