import SchemaBuilder, {
  BasePlugin,
  type PothosInputFieldConfig,
  type PothosOutputFieldConfig,
  type PothosTypeConfig,
  type SchemaTypes,
} from '@pothos/core';
import { type AuthScopeMap, type ForbiddenResult, RequestCache } from '@pothos/plugin-scope-auth';
import type { GraphQLFieldResolver, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import type { ErrorCode } from '../errors.ts';
import { checkSchema } from './checks.ts';
import {
  type AuthRules,
  checkedAllOf,
  checkedRule,
  checkLookUps,
  described,
  directivesOf,
  type LookUpOptions,
  refuseOnValues,
  refuseUnseen,
} from './declaration.ts';
import { type AccessOptions, accessError, isEnforcing, lookUpsById, lookUpsOf, toScopes } from './enforcing.ts';
import { areJudged, checkReference, checkSettable, type InputDeclaration, judgeInputs, referring } from './inputs.ts';
import type {} from './options.ts';
import { asksFor } from './rules.ts';

/**
 * Turns the one declaration, `auth: [...]` on a type or field, into scope-auth's scopes, the `@auth` directive and the
 * line in the description, and refuses to build a schema in which a root field or an object type has none.
 *
 * The way of a rule, from what is written to a refusal:
 *   declare  `auth`, and what its rules look up: `owner`, `related` (options.ts)
 *   check    `checkedRule`, `checkLookUps`, `refuseUnseen` (declaration.ts), `checkSchema` (checks.ts): the schema does not build otherwise
 *   derive   `shown`: the directive and the words; `toScopes`: what scope-auth enforces (enforcing.ts)
 *   enforce  scope-auth asks each scope before it resolves a type or field, `judge` asks `holds` (rules.ts)
 *   refuse   `accessError`: the code, and the rule that did not hold (enforcing.ts)
 */
export class AccessPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override beforeBuild() {
    const { plugins, scopeAuth, access } = this.builder.options;
    if (plugins?.[0] !== PLUGIN_NAME || plugins[1] !== 'scopeAuth') {
      throw new Error(
        'Access rules hold only if nothing comes before them. Write plugins: [AccessPlugin, ScopeAuthPlugin, …].',
      );
    }
    if (!isEnforcing(scopeAuth, access)) {
      throw new Error(
        'scopeAuth has options that do not enforce the access rules. Write scopeAuth: scopeAuthOptions(access).',
      );
    }
    if (this.options.disableScopeAuth) {
      throw new Error('disableScopeAuth would leave every rule shown and none enforced. Remove it.');
    }
  }

  override afterBuild(schema: GraphQLSchema): GraphQLSchema {
    checkSchema(schema, this.access.rules);
    return schema;
  }

  override onTypeConfig(type: PothosTypeConfig): PothosTypeConfig {
    refuseUnseen(type.name, type);
    const declaration = declarationOf(type);
    if (type.kind === 'Enum') refuseOnValues(type.name, type.values);
    if (type.kind !== 'Object') {
      if (declaration.auth === undefined) return type;
      throw new Error(
        `${type.name} is no object type. Put its access rule on ${INSTEAD[type.kind] ?? 'what holds it'}.`,
      );
    }

    const rules = this.rules(type.name, declaration);
    const { owner, related } = declaration;
    const how = { ...this.access, type: type.name };
    const authScopes = (object: unknown, context: Types['Context']) =>
      toScopes(rules, this.access, { context, owner, lookUps: lookUpsOf(declaration, object, context, how) });
    return {
      ...type,
      ...this.shown(type, rules, { owner, related }),
      pothosOptions: { ...type.pothosOptions, authScopes } as typeof type.pothosOptions,
    };
  }

  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const place = `${field.parentType}.${field.name}`;
    refuseUnseen(place, field);
    const { auth, allOf, deny, transaction, signsIn, takesParent, ...own } = declarationOf(field);
    const isRoot = ROOT_KINDS.has(this.kindOfParent(field));
    if (auth === undefined && allOf === undefined && !isRoot) return { ...field, resolve: this.judging(field) };
    if (field.graphqlKind === 'Interface') {
      throw new Error(`${place} is a field of an interface. Put its access rule on ${INSTEAD.Interface}.`);
    }

    const about = isRoot && !own.owner && !own.related ? this.objectOf(field, auth) : undefined;
    const lookUps = about?.lookUps ?? (isRoot ? own : declarationOf(this.buildCache.getTypeConfig(field.parentType)));
    const rules = this.rules(place, { ...lookUps, auth, allOf });
    const how = isRoot ? {} : { ...this.access, type: field.parentType };
    const { owner } = lookUps;
    const authScopes = (parent: unknown, args: unknown, context: Types['Context']) => {
      const lookingUp = lookUpsOf(lookUps, isRoot ? args : parent, context, how);
      return toScopes(rules, this.access, { context, owner, lookUps: lookingUp });
    };
    const unauthorizedError: Enforced<Types>['unauthorizedError'] = (_parent, _args, context, _info, { failure }) =>
      accessError(this.access, context, { on: place, failure, deny, anyOf: rules.anyOf });
    return {
      ...field,
      ...this.shown(field, rules, { deny, about: about?.argument, transaction, signsIn, takesParent }),
      pothosOptions: { ...field.pothosOptions, authScopes, unauthorizedError },
      resolve: this.judging(field),
    } as PothosOutputFieldConfig<Types>;
  }

  override onInputFieldConfig(field: PothosInputFieldConfig<Types>): PothosInputFieldConfig<Types> {
    const place =
      field.kind === 'Arg'
        ? `${field.parentType}.${field.parentField}(${field.name})`
        : `${field.parentType}.${field.name}`;
    const { auth, refersTo, answersItself } = field.pothosOptions as InputDeclaration;
    checkReference(place, this.isId(field.type), { refersTo });
    const access = { refersTo, answersItself };
    const description = referring(field.description, access);
    if (auth === undefined) return { ...field, description, extensions: { ...field.extensions, access } };
    const rule = checkedRule(place, auth, this.access.rules);
    checkSettable(place, rule, this.access.rules);
    return { ...field, ...this.shown({ ...field, description }, { anyOf: rule }, access) };
  }

  /** Scope-auth remembers its answers, and each mutation or event may have changed what they rest on. */
  override wrapResolve(resolve: Resolver<Types>, field: PothosOutputFieldConfig<Types>): Resolver<Types> {
    if (!CHANGING_KINDS.has(this.kindOfParent(field))) return resolve;
    return (parent, args, context, info) => {
      forgetAnswers(context);
      return resolve(parent, args, context, info);
    };
  }

  /** Judges before a stream is opened; scope-auth judges its events, as it judges every other field. */
  override wrapSubscribe(subscribe: Resolver<Types> | undefined, field: PothosOutputFieldConfig<Types>) {
    if (!subscribe || this.kindOfParent(field) !== 'Subscription') return subscribe;
    const { authScopes, unauthorizedError } = field.pothosOptions as unknown as Enforced<Types>;
    const judging: Resolver<Types> = async (parent, args, context, info) => {
      const scopes = authScopes(parent, args, context);
      const refusal = (result: ForbiddenResult) => unauthorizedError(parent, args, context, info, result);
      if (scopes !== true) await this.builder.runAuthScopes(context, scopes, refusal);
      return subscribe(parent, args, context, info);
    };
    return judging;
  }

  /** Nearer to the resolver than scope-auth: who may not ask for the field is not told of what they give it. */
  private judging({ args, resolve }: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types>['resolve'] {
    if (Object.keys(args).length === 0) return resolve;
    return (parent, args, context, info) => {
      const resolved = () => resolve?.(parent, args, context, info);
      return areJudged(info) ? judgeInputs(this.access, args, context, info).then(resolved) : resolved();
    };
  }

  private get access(): AccessOptions<Types['Context']> {
    return this.builder.options.access;
  }

  /** Of the type, for any field builder can add a field to a root type. */
  private kindOfParent(field: PothosOutputFieldConfig<Types>) {
    return this.buildCache.getTypeConfig(field.parentType).kind;
  }

  private isId(type: PothosInputFieldConfig<Types>['type']): boolean {
    if (type.kind === 'List') return this.isId(type.type);
    return type.kind === 'Scalar' && this.buildCache.getTypeConfig(type.ref).name === 'ID';
  }

  /** What a root field's rule is about, where the field does not say so itself: what its one argument with `refersTo` names. */
  private objectOf({ args }: PothosOutputFieldConfig<Types>, auth: unknown) {
    const asks = Array.isArray(auth) && auth.some((name) => asksFor(this.access.rules[name]) !== null);
    const [argument, ...more] = Object.values(args).filter(
      (arg) => referenceOf(arg) && !(arg.pothosOptions as InputDeclaration).answersItself,
    );
    if (!asks || !argument || more.length > 0) return undefined;
    const type = referenceOf(argument) ?? '';
    const declared = declarationOf(this.buildCache.getTypeConfig(type));
    return { argument: argument.name, lookUps: lookUpsById(declared, type, argument.name, this.access) };
  }

  private rules(place: string, { auth, allOf: declared, ...lookUps }: Declaration): AuthRules {
    const anyOf = checkedRule(place, auth, this.access.rules);
    checkLookUps(place, anyOf, lookUps, this.access.rules);
    return { anyOf, allOf: checkedAllOf(place, declared, anyOf, this.access.rules) };
  }

  private shown({ description, extensions }: Shown, auth: AuthRules, access: object) {
    return {
      description: described(description, auth, this.access.rules),
      extensions: { ...extensions, access, directives: { ...extensions?.directives, ...directivesOf(auth) } },
    };
  }
}

/**
 * Lets go of what scope-auth remembers of a request. It leads back to the request, and V8 lets go of such a circle, with all that
 * hangs on it, only in its rare full collections: half of what stayed in memory under load.
 */
export const forgetAnswers = (context: object) => RequestCache.clearForContext(context);

const referenceOf = ({ pothosOptions }: { pothosOptions: object }) => (pothosOptions as InputDeclaration).refersTo;

const declarationOf = ({ pothosOptions }: { pothosOptions: object }) => pothosOptions as Declaration;

const ROOT_KINDS = new Set<string>(['Query', 'Mutation', 'Subscription']);
const CHANGING_KINDS = new Set<string>(['Mutation', 'Subscription']);
/** Where a rule goes that stands on something else than an object type. */
const INSTEAD: Record<string, string> = {
  Interface: 'the types that implement it',
  Union: 'its members',
  Query: 'each of its fields',
  Mutation: 'each of its fields',
  Subscription: 'each of its fields',
};

const PLUGIN_NAME = 'access';
SchemaBuilder.registerPlugin(PLUGIN_NAME, AccessPlugin);
export default PLUGIN_NAME;

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>;

interface Declaration extends LookUpOptions {
  auth?: unknown;
  allOf?: unknown;
  deny?: ErrorCode;
  transaction?: boolean;
  signsIn?: boolean;
  takesParent?: boolean;
}

interface Enforced<Types extends SchemaTypes> {
  authScopes(parent: unknown, args: unknown, context: Types['Context']): AuthScopeMap<Types> | true;
  unauthorizedError(
    parent: unknown,
    args: unknown,
    context: Types['Context'],
    info: GraphQLResolveInfo,
    result: ForbiddenResult,
  ): Error;
}

interface Shown {
  description?: string | null | undefined;
  extensions?: { directives?: object } | null | undefined;
}
