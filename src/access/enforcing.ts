import { isThenable } from '@pothos/core';
import type { AuthFailure, ForbiddenResult } from '@pothos/plugin-scope-auth';
import { type GraphQLResolveInfo, type GraphQLSchema, getNamedType } from 'graphql';
import { AppError, type ErrorCode } from '../errors.ts';
import { type AuthRules, type LookUpOptions, ruleOf } from './declaration.ts';
import {
  asksFor,
  holds,
  type LookUps,
  lacking,
  type OwnerId,
  type Rule,
  type Viewer,
  type Vocabulary,
} from './rules.ts';

/**
 * The options of scope-auth that enforce the vocabulary and give each refusal its code. The plugin takes no others: one more
 * option could answer from a cache, or turn a failure into a refusal, unseen.
 */
export function scopeAuthOptions<Context extends object, Name extends string>(
  access: AccessOptions<Context> & { rules: Record<Name, Rule> },
) {
  const options = {
    // Run on the type, not per field: a query for __typename alone resolves no field, so nothing else would check it.
    runScopesOnType: true,
    authScopes: (context: Context) =>
      Object.fromEntries(
        Object.entries<Rule>(access.rules).map(([name, rule]) => [
          name,
          (lookUps: LookUps) => judge(rule, viewerIn(access, context), lookUps),
        ]),
      ) as Record<Name, (lookUps: LookUps) => boolean | Promise<boolean>>,
    unauthorizedError: (
      _parent: unknown,
      context: Context,
      { returnType }: GraphQLResolveInfo,
      { failure }: ForbiddenResult,
    ) => {
      const type = getNamedType(returnType);
      return accessError(access, context, { on: type.name, failure, anyOf: ruleOf(type) });
    },
  };
  ENFORCED.set(options, access);
  return options;
}

/** Whether these options of scope-auth are what `scopeAuthOptions` made of this vocabulary. */
export const isEnforcing = (scopeAuth: object | undefined, access: object) =>
  scopeAuth !== undefined && ENFORCED.get(scopeAuth) === access;

/**
 * What scope-auth is to enforce: yes, where a rule holds that need not wait, as nearly always; else its `$any`. Rules that may query
 * come last, so that an admin costs no owner look-up. What must hold besides is judged after that, so that only whom it lets in are
 * told what they lack.
 */
export function toScopes<Context>(
  { anyOf, allOf = [] }: AuthRules,
  access: AccessOptions<Context>,
  { context, owner, lookUps }: About<Context>,
) {
  const names = cheapestFirst(anyOf, access.rules);
  const viewer = viewerIn(access, context);
  const missing = lacking(allOf, viewer, access.rules);
  const holdsAtOnce = (name: string) => {
    const entry = access.rules[name];
    const isKnown =
      entry && ('who' in entry || (!('judge' in entry) && entry.of === 'owner' && typeof owner === 'string'));
    return isKnown && judge(entry, viewer, lookUps(name)) === true;
  };
  const any = names.some(holdsAtOnce) || { $any: Object.fromEntries(names.map((name) => [name, lookUps(name)])) };
  if (!missing) return any;
  const besides = { [missing]: lookUps(missing) };
  return any === true ? besides : { $all: { ...any, ...besides } };
}

/**
 * Why somebody is not let in: the code that says why there is no viewer, `deny` for one whom the rule does not name, or what the one
 * that they lack says itself.
 */
export function accessError<Context>(access: AccessOptions<Context>, context: Context, refused: Refused) {
  const { on, failure, deny, anyOf = [] } = refused;
  const identity = access.identify(context);
  const failed = Object.keys(access.rules).filter((name) => failedRules(failure).includes(name));
  const named = failed.filter((name) => anyOf.includes(name));
  const rule = { on, anyOf: named.length > 0 ? named : failed };
  if (typeof identity === 'string') return new AppError(identity, `${on} needs a viewer`, { rule });
  const code = refusalOf(rule.anyOf, named.length > 0 ? deny : undefined, access.rules);
  return new AppError(code, `the rule on ${on} does not hold for user ${identity.id}`, { rule });
}

/** The code for a viewer whom none of the rules lets in. */
export const refusalOf = (rule: string[], deny: ErrorCode | undefined, rules: Vocabulary): ErrorCode =>
  deny ?? rule.map((name) => rules[name]?.refuses).find((code) => code !== undefined) ?? 'FORBIDDEN';

/** Whether one of the rules lets the viewer in, asked in advance; what may query is asked only where nothing else lets them in. */
export async function allows<Context>(
  access: AccessOptions<Context>,
  rule: string[],
  context: Context,
  lookUps: LookUpsFor,
) {
  const viewer = viewerIn(access, context);
  for (const name of cheapestFirst(rule, access.rules)) {
    const entry = access.rules[name];
    if (entry && (await judge(entry, viewer, lookUps(name)))) return true;
  }
  return false;
}

/** How each rule finds out about an object of the type, or about the arguments of a root field (without a type). */
export const lookUpsOf =
  <Context>(
    { owner, related }: LookUpOptions,
    about: unknown,
    context: Context,
    { lookUp, type }: { lookUp?: AccessOptions<Context>['lookUp']; type?: string } = {},
  ): LookUpsFor =>
  (name) => ({
    ownerId: () => {
      if (typeof owner === 'string') return (about as Record<string, OwnerId> | null)?.[owner] ?? null;
      return owner?.(about as never, context as never) ?? null;
    },
    isRelated: (viewer) => {
      const path = related?.[name];
      if (typeof path !== 'string') return path?.(about as never, viewer, context as never) ?? false;
      if (!lookUp || !type) throw new Error(`Nobody can look up ${path}.`);
      return lookUp.isRelated(type, path, Reflect.get(Object(about), 'id'), viewer, context);
    },
  });

/** The same for a row that an argument of a root field names: whose it is, and who is related to it, is what its type says. */
export function lookUpsById<Context>(
  { owner, related = {} }: LookUpOptions,
  type: string,
  argument: string,
  { lookUp }: AccessOptions<Context>,
): LookUpOptions {
  const idIn = (args: unknown): string => Reflect.get(Object(args), argument);
  const paths = Object.entries(related).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    owner:
      typeof owner === 'string'
        ? (args: unknown, context: Context) => lookUp?.ownerOf(type, owner, idIn(args), context) ?? null
        : undefined,
    related: Object.fromEntries(
      paths.map(([name, path]) => [
        name,
        (args: unknown, viewer: Viewer, context: Context) =>
          lookUp?.isRelated(type, path, idIn(args), viewer, context) ?? false,
      ]),
    ),
  };
}

/** Asked of each object, so put in order once; a rule is of one vocabulary. */
function cheapestFirst(rule: string[], rules: Vocabulary) {
  const known = IN_ORDER.get(rule);
  if (known) return known;
  const sorted = rule.toSorted((a, b) => costOf(rules[a]) - costOf(rules[b]));
  IN_ORDER.set(rule, sorted);
  return sorted;
}

const IN_ORDER = new WeakMap<string[], string[]>();

const COSTS = { owner: 1, relation: 2 };
const costOf = (rule: Rule | undefined) => {
  const asked = asksFor(rule);
  return asked ? COSTS[asked] : 0;
};

const failedRules = (failure: AuthFailure): string[] => {
  if ('failures' in failure) return failure.failures.flatMap(failedRules);
  return 'scope' in failure ? [failure.scope] : [];
};

function viewerIn<Context>(access: AccessOptions<Context>, context: Context) {
  const identity = access.identify(context);
  return typeof identity === 'string' ? null : identity;
}

function judge(rule: Rule, viewer: Viewer | null, lookUps: LookUps): boolean | Promise<boolean> {
  try {
    const answer = holds(rule, viewer, lookUps);
    return isThenable(answer) ? Promise.resolve(answer).catch(unjudged) : answer;
  } catch (error) {
    return unjudged(error);
  }
}

/** A rule that cannot be judged says nothing about who may: it refuses, and not with FORBIDDEN. */
function unjudged(cause: unknown): never {
  if (cause instanceof AppError) throw cause;
  throw new AppError('SERVICE_UNAVAILABLE', 'the rule could not be judged', { cause });
}

const ENFORCED = new WeakMap<object, object>();

export interface AccessOptions<Context> {
  rules: Vocabulary;
  /** Who asks, judged at this moment; where there is nobody, the code that says why. */
  identify(context: Context): Viewer | ErrorCode;
  /** Asks the database about rows; needed where a type or an argument names a relation or a row. */
  lookUp?: {
    isRelated(model: string, path: string, id: string, viewer: Viewer, context: Context): Promise<boolean>;
    ownerOf(model: string, column: string, id: string, context: Context): OwnerId | Promise<OwnerId>;
    /** Whether the viewer reaches the row by the rule of its type. */
    reaches(model: string, id: string, context: Context, schema: GraphQLSchema): Promise<boolean>;
  };
}

interface Refused {
  /** The type or the field that carries the rule. */
  on: string;
  failure: AuthFailure;
  /** The code for a viewer whom the rule does not let in, where it is not FORBIDDEN. */
  deny?: ErrorCode | undefined;
  anyOf?: string[] | undefined;
}

interface About<Context> {
  context: Context;
  /** As it is declared. */
  owner: LookUpOptions['owner'];
  lookUps: LookUpsFor;
}

type LookUpsFor = (name: string) => LookUps;
