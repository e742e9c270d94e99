import SchemaBuilder, {
  BasePlugin,
  type PothosOutputFieldConfig,
  type PothosTypeConfig,
  type SchemaTypes,
} from '@pothos/core';
import { type AuthScopeMap, type ForbiddenResult, RequestCache } from '@pothos/plugin-scope-auth';
import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import type { ErrorCode } from '../errors.ts';
import { checkedRule, checkLookUps, described, refuseUnseen } from './declaration.ts';
import { type AccessOptions, anyOf, enforces, refusal } from './enforcing.ts';
import type {} from './options.ts';
import type { OwnerId, Viewer } from './rules.ts';

/**
 * Turns the one declaration, `auth: [...]` on a type or field, into scope-auth's scopes, the `@auth` directive and the
 * line in the description, and refuses to build a schema in which a root field or an object type has none.
 */
export class AccessPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override beforeBuild() {
    const { plugins, scopeAuth, access } = this.builder.options;
    if (plugins?.[0] !== PLUGIN_NAME || plugins[1] !== 'scopeAuth') {
      throw new Error(
        'Access rules hold only if nothing comes before them. Write plugins: [AccessPlugin, ScopeAuthPlugin, …].',
      );
    }
    if (!enforces(scopeAuth, access)) {
      throw new Error(
        'scopeAuth has options that do not enforce the access rules. Write scopeAuth: enforcing(access).',
      );
    }
    if (this.options.disableScopeAuth) {
      throw new Error('disableScopeAuth would leave every rule shown and none enforced. Remove it.');
    }
  }

  override onTypeConfig(type: PothosTypeConfig): PothosTypeConfig {
    refuseUnseen(type.name, type);
    const options = type.pothosOptions as Declaration;
    if (type.kind !== 'Object') {
      if (options.auth === undefined) return type;
      throw new Error(
        `${type.name} is no object type. Put its access rule on ${INSTEAD[type.kind] ?? 'what holds it'}.`,
      );
    }

    const rule = this.rule(type.name, options);
    const authScopes = (object: unknown, context: object) =>
      anyOf(rule, this.access, lookUpsOf(options, object, context));
    return {
      ...type,
      ...this.shown(type, rule),
      pothosOptions: { ...type.pothosOptions, authScopes } as typeof type.pothosOptions,
    };
  }

  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const place = `${field.parentType}.${field.name}`;
    refuseUnseen(place, field);
    const options = field.pothosOptions as Declaration;
    const isRoot = ROOT_KINDS.has(this.kindOfParent(field));
    if (options.auth === undefined && !isRoot) return field;
    if (field.graphqlKind === 'Interface') {
      throw new Error(`${place} is a field of an interface. Put its access rule on ${INSTEAD.Interface}.`);
    }

    const type = this.buildCache.getTypeConfig(field.parentType).pothosOptions as Declaration;
    const { owner, related } = isRoot ? options : type;
    const rule = this.rule(place, { ...options, owner, related });
    const authScopes = (parent: unknown, args: unknown, context: object) =>
      anyOf(rule, this.access, lookUpsOf({ owner, related }, isRoot ? args : parent, context));
    const unauthorizedError: Enforced<Types>['unauthorizedError'] = (_parent, _args, context, _info, { failure }) =>
      refusal(this.access, context, { on: place, failure, deny: options.deny });
    const shown = this.shown(field, rule);
    return {
      ...field,
      ...shown,
      extensions: { ...shown.extensions, deny: options.deny },
      pothosOptions: { ...field.pothosOptions, authScopes, unauthorizedError },
    } as PothosOutputFieldConfig<Types>;
  }

  /** Scope-auth remembers its answers, and each mutation or event may have changed what they rest on. */
  override wrapResolve(resolve: Resolver<Types>, field: PothosOutputFieldConfig<Types>): Resolver<Types> {
    if (!CHANGING_KINDS.has(this.kindOfParent(field))) return resolve;
    return (parent, args, context, info) => {
      RequestCache.clearForContext(context);
      return resolve(parent, args, context, info);
    };
  }

  /** Judges before a stream is opened; scope-auth judges its events, as it judges every other field. */
  override wrapSubscribe(subscribe: Resolver<Types> | undefined, field: PothosOutputFieldConfig<Types>) {
    if (!subscribe || this.kindOfParent(field) !== 'Subscription') return subscribe;
    const { authScopes, unauthorizedError } = field.pothosOptions as unknown as Enforced<Types>;
    const judging: Resolver<Types> = async (parent, args, context, info) => {
      await this.builder.runAuthScopes(context, authScopes(parent, args, context), (result) =>
        unauthorizedError(parent, args, context, info, result),
      );
      return subscribe(parent, args, context, info);
    };
    return judging;
  }

  private get access(): AccessOptions<Types['Context']> {
    return this.builder.options.access;
  }

  /** Of the type, for any field builder can add a field to a root type. */
  private kindOfParent(field: PothosOutputFieldConfig<Types>) {
    return this.buildCache.getTypeConfig(field.parentType).kind;
  }

  private rule(place: string, { auth, ...told }: Declaration) {
    const rule = checkedRule(place, auth, this.access.rules);
    checkLookUps(place, rule, told, this.access.rules);
    return rule;
  }

  private shown({ description, extensions }: Shown, rule: string[]) {
    return {
      description: described(description, rule, this.access.rules),
      extensions: { ...extensions, directives: { ...extensions?.directives, auth: { anyOf: rule } } },
    };
  }
}

/** For a type by its object, for a root field by its arguments. */
const lookUpsOf =
  ({ owner, related }: Declaration, about: unknown, context: object) =>
  (name: string) => ({
    ownerId: () => owner?.(about, context) ?? null,
    isRelated: (viewer: Viewer) => related?.[name]?.(about, viewer, context) ?? false,
  });

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

interface Declaration {
  auth?: unknown;
  owner?: ((...args: unknown[]) => OwnerId | Promise<OwnerId>) | undefined;
  related?: Record<string, (...args: unknown[]) => boolean | Promise<boolean>> | undefined;
  deny?: ErrorCode;
}

interface Enforced<Types extends SchemaTypes> {
  authScopes(parent: unknown, args: unknown, context: Types['Context']): AuthScopeMap<Types>;
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
