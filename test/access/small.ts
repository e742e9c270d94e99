import { printSchemaWithDirectives } from '@graphql-tools/utils';
import SchemaBuilder from '@pothos/core';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { type ExecutionArgs, execute, type GraphQLSchema, parse, specifiedDirectives } from 'graphql';
import { expect } from 'vitest';
import { authDirective } from '../../src/access/declaration.ts';
import { scopeAuthOptions } from '../../src/access/enforcing.ts';
import AccessPlugin from '../../src/access/plugin.ts';
import { type LookUps, type Rule, rules, type Viewer } from '../../src/access/rules.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { useQueryPlans } from '../../src/graphql/execution/plans.ts';

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

/** What the schema answers to this viewer, by graphql-js and, alike, by a plan: the data, and path and code of each error. */
export async function ask(schema: GraphQLSchema, viewer: Request['viewer'], query: string, context: object = {}) {
  const reference = await askOnce(schema, viewer, query, context);
  // Only queries have plans, and a mutation cannot be asked twice.
  if (query.startsWith('mutation')) return reference;
  expect(await askOnce(schema, viewer, query, context, planned)).toEqual(reference);
  return reference;
}

/** The same by graphql-js alone, for who counts what it asks for. */
export async function askOnce(
  schema: GraphQLSchema,
  viewer: Request['viewer'],
  query: string,
  context: object = {},
  executor: (args: ExecutionArgs) => Execute = () => execute,
) {
  const args = { schema, document: parse(query), contextValue: { ...context, viewer } };
  const { data, errors = [] } = await executor(args)(args);
  return {
    data: data && JSON.parse(JSON.stringify(data)),
    errors: errors.map(({ path, originalError }) => [path?.join('.'), Reflect.get(originalError ?? {}, 'code')]),
  };
}

/** What executes the document where the plugin is. */
function planned(args: ExecutionArgs): Execute {
  let chosen: Execute = execute;
  const setExecuteFn = (other: Execute) => {
    chosen = other;
  };
  useQueryPlans().onExecute?.({ args, executeFn: execute, setExecuteFn } as never);
  return chosen;
}

type Execute = typeof execute;

export const viewer = (id: string, role: Viewer['role'] = 'USER'): Viewer => ({
  id,
  role,
  emailVerified: false,
  sessionId: `session of ${id}`,
  isRecent: true,
});

/** What a resolver gets: who asks, which it may change. */
export interface Request {
  viewer: Viewer | ErrorCode;
}
