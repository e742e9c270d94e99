import { existsSync } from 'node:fs';
import type { CodegenConfig } from '@graphql-codegen/cli';

const scalars = { DateTime: { input: 'Date | string', output: 'string' } };

// A typed client from the printed schema: `graphql('query { … }')` knows the variables and the answer of each operation.
const client = {
  preset: 'client',
  presetConfig: { fragmentMasking: false },
  config: { scalars, useTypeImports: true, enumType: 'string-literal', importExtension: '.ts' },
} as const;

const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'test/client/generated/': { ...client, documents: 'test/**/operations.ts' },
    // Who has thrown the examples away has it no more.
    ...(existsSync('examples/app') && {
      'examples/app/generated/': { ...client, documents: 'examples/app/operations.ts' },
    }),
    // For what no operation mentions: ErrorCode is in `extensions`.
    'test/client/generated/types.ts': {
      plugins: ['typescript'],
      config: { scalars, useTypeImports: true, enumsAsTypes: true },
    },
  },
};

export default config;
