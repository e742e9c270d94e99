import type { CodegenConfig } from '@graphql-codegen/cli';

const scalars = { DateTime: { input: 'Date | string', output: 'string' } };

// A typed client from the printed schema: `graphql('query { … }')` knows the variables and the answer of each operation.
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'test/**/operations.ts',
  generates: {
    'test/client/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { scalars, useTypeImports: true, enumType: 'string-literal' },
    },
    // For what no operation mentions: ErrorCode is in `extensions`.
    'test/client/generated/types.ts': {
      plugins: ['typescript'],
      config: { scalars, useTypeImports: true, enumsAsTypes: true },
    },
  },
};

export default config;
