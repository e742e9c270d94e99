import { printSchemaWithDirectives } from '@graphql-tools/utils';
import SchemaBuilder from '@pothos/core';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { execute, type GraphQLSchema, parse, specifiedDirectives } from 'graphql';
import { authDirective } from '../../src/access/declaration.ts';
import { scopeAuthOptions } from '../../src/access/enforcing.ts';
import AccessPlugin from '../../src/access/plugin.ts';
import { type LookUps, type Rule, rules, type Viewer } from '../../src/access/rules.ts';
import type { ErrorCode } from '../../src/errors.ts';

/** A builder with nothing but the access layer, over a vocabulary of the test's own, for schemas of a few lines. */
export function smallBuilder<Name extends string = keyof typeof rules>(
  vocabulary: Record<Name, Rule> = rules as never,
  options: object = {},
) {
  const access = { rules: vocabulary, identify: (request: Request) => request.viewer };
  return new SchemaBuilder<{
    Context: Request;
    AuthScopes: Record<Name, LookUps>;
    DefaultFieldNullability: false;
  }>({
    plugins: [AccessPlugin, ScopeAuthPlugin],
    defaultFieldNullability: false,
    access,
    scopeAuth: scopeAuthOptions(access),
    ...options,
    // Types alone see the plugins of the real builder here too.
  } as never);
}

/** The schema, printed as src/schema.ts does it. */
export function sdlOf(builder: ReturnType<typeof smallBuilder>) {
  const directives = [...specifiedDirectives, authDirective(builder.options.access.rules)];
  return printSchemaWithDirectives(builder.toSchema({ directives }));
}

/** What the schema answers to this viewer: the data, and path and code of each error. */
export async function ask(schema: GraphQLSchema, viewer: Request['viewer'], query: string, context: object = {}) {
  const { data, errors = [] } = await execute({ schema, document: parse(query), contextValue: { ...context, viewer } });
  return {
    data: data && JSON.parse(JSON.stringify(data)),
    errors: errors.map(({ path, originalError }) => [path?.join('.'), Reflect.get(originalError ?? {}, 'code')]),
  };
}

export const viewer = (id: string, role: Viewer['role'] = 'USER'): Viewer => ({
  id,
  role,
  sessionId: `session of ${id}`,
});

/** What a resolver gets: who asks, which it may change. */
export interface Request {
  viewer: Viewer | ErrorCode;
}
