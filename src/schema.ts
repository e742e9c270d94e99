import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { assertValidSchema, specifiedDirectives } from 'graphql';
import { authDirective } from './access/declaration.ts';
import { rules } from './access/rules.ts';
import './admin/schema.ts';
import './auth/schema.ts';
import './graphql/scalars.ts';
import './recovery/schema.ts';
import './sessions/schema.ts';
import './tasks/schema.ts';
import './trail/schema.ts';
import './users/schema.ts';
import { builder } from './graphql/builder.ts';

export const schema = builder.toSchema({
  sortSchema: false,
  directives: [...specifiedDirectives, authDirective(rules)],
});
// An empty or invalid part would let the server start and then fail every request.
assertValidSchema(schema);

/** The text of schema.graphql, with the directives that `printSchema` of graphql-js drops. */
export const printSdl = () => printSchemaWithDirectives(schema);
