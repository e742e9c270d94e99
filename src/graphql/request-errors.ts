import { PothosError } from '@pothos/core';
import { GraphQLError, Kind } from 'graphql';

/**
 * What to say of an error that the request itself is to blame for, without repeating what was sent, for that may be a password;
 * null for an error that is ours. `suggestions` keeps "Did you mean", which tells names of the schema.
 */
export function publicMessage(error: GraphQLError, suggestions: boolean): string | null {
  const original = innermost(error);
  if (!(original instanceof GraphQLError) || original instanceof PothosError) return null;
  const node = original.nodes?.[0];
  // An error that execution put a path on is the request's only if it points into its arguments.
  if (error.path && (!node || node.kind === Kind.FIELD)) return null;
  if (node && VALUES.has(node.kind)) return 'A value does not fit its type.';
  const message = original.message.replace(
    /^(Syntax Error: )(?:Expected .*, found|Unexpected|Unterminated|Invalid).*$/s,
    '$1Check the document at this place.',
  );
  return suggestions ? message : message.replace(/ Did you mean .*$/s, '');
}

function innermost(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? innermost(error.originalError) : error;
}

const VALUES = new Set<string>([
  Kind.VARIABLE,
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
  Kind.ARGUMENT,
]);
