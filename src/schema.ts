import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { specifiedDirectives } from 'graphql';
import { authDirective } from './access/declaration.ts';
import { rules } from './access/rules.ts';
import './admin/schema.ts';
import './auth/schema.ts';
import './graphql/scalars.ts';
import './live/schema.ts';
import './sessions/schema.ts';
import './tasks/schema.ts';
import './users/schema.ts';
import { builder } from './graphql/builder.ts';

export const schema = builder.toSchema({
  sortSchema: false,
  directives: [...specifiedDirectives, authDirective(rules)],
});
export const sdl = printSchemaWithDirectives(schema);
