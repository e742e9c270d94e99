import { GraphQLError } from 'graphql';
import { ERRORS } from '../errors.ts';
import { instant } from '../input.ts';
import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description: 'An instant, as ISO 8601 / RFC 3339 in UTC: 2026-01-31T12:00:00.000Z. Sent with any offset.',
  serialize: (date) => date.toISOString(),
  parseValue: (value) => {
    const parsed = instant.safeParse(value);
    if (parsed.success) return new Date(parsed.data);
    throw new GraphQLError('Expected an instant such as 2026-01-31T12:00:00Z.');
  },
});

builder.enumType('ErrorCode', {
  description: 'Every value that extensions.code can take.',
  values: Object.fromEntries(Object.entries(ERRORS).map(([code, { sentence }]) => [code, { description: sentence }])),
});
