import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLEnumType,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLSchema,
  isInputObjectType,
} from 'graphql';
import type { ErrorCode } from '../errors.ts';
import { asksFor, type OwnerId, type Viewer, type Vocabulary } from './rules.ts';

/**
 * The rule that a type or field declares, checked against the vocabulary: not empty, each value known, none twice.
 * `place` is what the message names, such as `Query.me`.
 */
export function checkedRule(place: string, declared: unknown, vocabulary: Vocabulary): string[] {
  const known = Object.keys(vocabulary);
  if (!Array.isArray(declared) || declared.length === 0) {
    throw new Error(
      `${place} has no access rule. Say who may reach it: auth: ['…'], with at least one of ${known.join(', ')}.`,
    );
  }
  const unknown = declared.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `${place} names an access rule that does not exist: ${unknown.join(', ')}. Use ${known.join(', ')}, or add it to src/access/rules.ts.`,
    );
  }
  if (new Set(declared).size < declared.length) {
    throw new Error(`${place} names an access rule twice: ${declared.join(', ')}. Name each once.`);
  }
  // In the vocabulary's order: the SDL should not depend on who wrote it.
  return known.filter((name) => declared.includes(name));
}

/**
 * The rules that must hold besides, each checked as those of which one must. They are about the viewer alone, so that they can be
 * judged before there is an object, and say themselves what to do about a refusal.
 */
export function checkedAllOf(place: string, declared: unknown, anyOf: string[], vocabulary: Vocabulary): string[] {
  if (declared === undefined) return [];
  const allOf = checkedRule(`${place} (allOf)`, declared, vocabulary);
  const wrong = allOf.find((name) => !('who' in (vocabulary[name] ?? {})));
  if (wrong) {
    throw new Error(`${place} has ${wrong} in allOf, which is about an object. Put it into auth: ['…'].`);
  }
  const doubled = allOf.find((name) => anyOf.includes(name));
  if (doubled) throw new Error(`${place} names ${doubled} in auth and in allOf. Name it once.`);
  return allOf;
}

/** Refuses what would be enforced but not shown (scope-auth's own options), and what would be shown but not enforced. */
export function refuseUnseen(place: string, { pothosOptions, extensions }: PothosConfig) {
  const unseen = UNSEEN_OPTIONS.filter((name) => Reflect.get(pothosOptions, name) !== undefined);
  if (unseen.length > 0) {
    throw new Error(
      `${place} sets ${unseen.join(', ')}, which would be enforced without being shown. Write auth: ['…'] instead.`,
    );
  }
  if (extensions?.directives?.auth) {
    throw new Error(
      `${place} sets @auth by hand, which would be shown without being enforced. Write auth: ['…'] instead.`,
    );
  }
}

/** Nothing would enforce a rule on a value of an enum. */
export function refuseOnValues(type: string, values: object) {
  for (const [name, { pothosOptions = {}, extensions }] of Object.entries(values)) {
    const place = `${type}.${name}`;
    refuseUnseen(place, { pothosOptions, extensions });
    if (pothosOptions.auth === undefined) continue;
    throw new Error(`${place} is no object type. Put its access rule on what holds it.`);
  }
}

/** A rule that asks for the owner must be told whose the object is, and one that asks for a relation how to look it up. */
export function checkLookUps(place: string, rule: string[], { owner, related }: LookUpOptions, vocabulary: Vocabulary) {
  const asking = rule.find((name) => asksFor(vocabulary[name]) === 'owner');
  if (asking && owner === undefined) {
    throw new Error(
      `${place} requires ${asking} but does not say whose it is. Add owner: (…) => the owner's id, or null. On a type of rows: owner: 'its column'.`,
    );
  }
  const unrelated = rule.find((name) => asksFor(vocabulary[name]) === 'relation' && related?.[name] === undefined);
  if (!unrelated) return;
  throw new Error(
    `${place} requires ${unrelated} but does not say of whom it holds. Add related: { ${unrelated}: (…, viewer) => true or false }. On a type of rows: 'relation.column'.`,
  );
}

/** The rule that a type or field declares; undefined where it has none of its own. */
export const ruleOf = ({ extensions }: Declared) => extensions.directives?.auth?.[0]?.anyOf;

/** The rules that must hold besides, each of which has a directive of its own. */
export const allOfOf = ({ extensions }: Declared) =>
  extensions.directives?.auth?.slice(1).flatMap(({ anyOf }) => anyOf) ?? [];

/** As directives say it: each of them must hold. */
export const directivesOf = ({ anyOf, allOf = [] }: AuthRules): Directives => ({
  auth: [{ anyOf }, ...allOf.map((name) => ({ anyOf: [name] }))],
});

/** The rule of a mutation, or of an input field such as `NoteInput.pinned`, for who asks in advance. */
export function ruleOfMutation(schema: GraphQLSchema, name: string) {
  const [inputName = '', inputField = ''] = name.split('.');
  const input = schema.getType(inputName);
  const place = isInputObjectType(input) ? input.getFields()[inputField] : schema.getMutationType()?.getFields()[name];
  const rule = place && ruleOf(place);
  if (!rule) throw new Error(`There is no mutation ${name} to ask for its rule.`);
  return rule;
}

/** The description with the line that says what it takes, for GraphiQL and the SDL. */
export function described(
  description: string | null | undefined,
  { anyOf, allOf = [] }: AuthRules,
  vocabulary: Vocabulary,
) {
  const words = (names: string[]) => names.map((name) => vocabulary[name]?.requires);
  return withLine(description, `Requires: ${[words(anyOf).join(' or '), ...words(allOf)].join('; and ')}.`);
}

/** The description with one more line in its first paragraph, the only one that GraphiQL shows in its lists. */
export function withLine(description: string | null | undefined, line: string) {
  const [first, ...more] = description?.split('\n\n') ?? [];
  return [[first, line].filter(Boolean).join('\n'), ...more].join('\n\n');
}

/** `@auth(anyOf: [...])` over the rules of the vocabulary, for the printed schema. */
export function authDirective(vocabulary: Vocabulary) {
  const AuthRule = new GraphQLEnumType({
    name: 'AuthRule',
    values: Object.fromEntries(Object.entries(vocabulary).map(([name, { description }]) => [name, { description }])),
  });
  return new GraphQLDirective({
    name: 'auth',
    description:
      'Who may reach the type or the field that it stands on, or set the argument or input field: whoever satisfies at least one of the rules. Where it stands more than once, each of them must let in.',
    locations: [
      DirectiveLocation.OBJECT,
      DirectiveLocation.FIELD_DEFINITION,
      DirectiveLocation.ARGUMENT_DEFINITION,
      DirectiveLocation.INPUT_FIELD_DEFINITION,
    ],
    isRepeatable: true,
    args: { anyOf: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(AuthRule))) } },
  });
}

const UNSEEN_OPTIONS = [
  'authScopes',
  'grantScopes',
  'runScopesOnType',
  'skipTypeScopes',
  'skipInterfaceScopes',
  'unauthorizedError',
  'unauthorizedResolver',
];

/** How a rule finds out about an object (of a type) or about the arguments (of a root field). */
export interface LookUpOptions {
  /** The property, and column, that holds the owner's id; or how to find it out, which SQL cannot do. */
  owner?: string | ((about: never, context: never) => OwnerId | Promise<OwnerId>) | undefined;
  /** For each rule about a relation, the relation and its column of users' ids; or how to find it out, which SQL cannot do. */
  related?: Record<string, string | RelatedBy> | undefined;
}

type RelatedBy = (about: never, viewer: Viewer, context: never) => boolean | Promise<boolean>;

interface PothosConfig {
  pothosOptions: object;
  extensions?: Extensions | null | undefined;
}

interface Declared {
  extensions: Extensions;
}

interface Extensions {
  directives?: Directives;
}

interface Directives {
  auth?: { anyOf: string[] }[];
}

/** One of `anyOf` must hold and, besides, each of `allOf`. */
export interface AuthRules {
  anyOf: string[];
  allOf?: string[];
}

/** What a built schema carries of the declarations; the SDL is printed from `directives`. */
declare module 'graphql' {
  interface GraphQLObjectTypeExtensions<_TSource, _TContext> {
    directives?: Directives;
    access?: LookUpOptions;
  }
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    directives?: Directives;
    access?: {
      /** The code for a viewer whom the rule does not let in, where it is not FORBIDDEN. */
      deny?: ErrorCode | undefined;
      /** The field tells in advance whether this mutation would let the viewer in, for an object of this type. */
      asks?: Question;
      /** Whether a refusal may take the object along that the field is of. */
      takesParent?: boolean | undefined;
      /** False where the field has transactions of its own. */
      transaction?: boolean | undefined;
      /** Whether who answers is somebody else than who asks. */
      signsIn?: boolean | undefined;
      /** The argument whose object the rule is about. */
      about?: string | undefined;
    };
  }
  interface GraphQLArgumentExtensions {
    directives?: Directives;
    access?: Reference;
  }
  interface GraphQLInputFieldExtensions {
    directives?: Directives;
    access?: Reference;
  }
}

interface Reference {
  /** The type of what an id names. */
  refersTo?: string | undefined;
  /** The resolver's own condition says the same for what is missing and what is foreign. */
  answersItself?: boolean | undefined;
}

export interface Question {
  mutation: string;
  of: string;
}
