import { DirectiveLocation, GraphQLDirective, GraphQLEnumType, GraphQLList, GraphQLNonNull } from 'graphql';
import type { Vocabulary } from './rules.ts';

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

/** Refuses what would be enforced but not shown (scope-auth's own options), and what would be shown but not enforced. */
export function refuseUnseen(place: string, { pothosOptions, extensions }: Config) {
  const unseen = UNSEEN_OPTIONS.filter((name) => Reflect.get(pothosOptions, name) !== undefined);
  if (unseen.length > 0) {
    throw new Error(
      `${place} sets ${unseen.join(', ')}, which would be enforced without being shown. Write auth: ['…'] instead.`,
    );
  }
  if (extensions?.directives && 'auth' in extensions.directives) {
    throw new Error(
      `${place} sets @auth by hand, which would be shown without being enforced. Write auth: ['…'] instead.`,
    );
  }
}

/** A rule that asks for the owner must be told whose the object is, and one that asks for a relation how to look it up. */
export function checkLookUps(place: string, rule: string[], { owner, related }: Told, vocabulary: Vocabulary) {
  const asking = rule.find((name) => vocabulary[name]?.needsOwner);
  if (asking && typeof owner !== 'function') {
    throw new Error(
      `${place} requires ${asking} but does not say whose it is. Add owner: (…) => the owner's id, or null.`,
    );
  }
  const unrelated = rule.find((name) => vocabulary[name]?.needsRelation && typeof related?.[name] !== 'function');
  if (!unrelated) return;
  throw new Error(
    `${place} requires ${unrelated} but does not say of whom it holds. Add related: { ${unrelated}: (…, viewer) => true or false }.`,
  );
}

/** The description with the line that says what it takes, for GraphiQL and the SDL. */
export function described(description: string | null | undefined, rule: string[], vocabulary: Vocabulary) {
  const words = rule.map((name) => vocabulary[name]?.requires);
  return [description, `Requires: ${words.join(' or ')}.`].filter(Boolean).join('\n\n');
}

/** `@auth(anyOf: [...])` over the rules of the vocabulary, for the printed schema. */
export function authDirective(vocabulary: Vocabulary) {
  const AuthRule = new GraphQLEnumType({
    name: 'AuthRule',
    values: Object.fromEntries(Object.entries(vocabulary).map(([name, { description }]) => [name, { description }])),
  });
  return new GraphQLDirective({
    name: 'auth',
    description: 'Who may reach the type or the field that it stands on: whoever satisfies at least one of the rules.',
    locations: [DirectiveLocation.OBJECT, DirectiveLocation.FIELD_DEFINITION],
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

interface Told {
  owner?: unknown;
  related?: Record<string, unknown> | undefined;
}

interface Config {
  pothosOptions: object;
  extensions?: { directives?: object } | null | undefined;
}
