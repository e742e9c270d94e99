import { expect, test } from 'vitest';
import { builder } from '../../src/graphql/builder.ts';
import { connectionOf } from '../../src/graphql/connection.ts';
import { smallBuilder } from './small.ts';

// Whether these compile is for `npm run types` to say: an error that did not come would be one.

test('a root field, a type or a page without a rule does not compile', () => {
  const small = smallBuilder();
  const Thing = builder.objectRef<{ id: string }>('Thing');
  const unsafe = [
    // @ts-expect-error A type without auth.
    () => small.objectRef<object>('Open').implement({ fields: (t) => ({ name: t.string({ resolve: () => '' }) }) }),
    // @ts-expect-error A query without auth.
    () => small.queryField('open', (t) => t.string({ resolve: () => '' })),
    // @ts-expect-error A mutation without auth.
    () => small.mutationField('open', (t) => t.string({ resolve: () => '' })),
    // @ts-expect-error A subscription without auth.
    () => small.subscriptionField('open', (t) => t.string({ subscribe: async function* () {}, resolve: () => '' })),
    // @ts-expect-error An empty rule.
    () => small.queryField('open', (t) => t.string({ auth: [], resolve: () => '' })),
    // @ts-expect-error A rule that there is not.
    () => small.queryField('open', (t) => t.string({ auth: ['EVERYBODY'], resolve: () => '' })),
    // @ts-expect-error A page without auth.
    () => connectionOf('Thing', Thing),
    // @ts-expect-error A page with an empty rule.
    () => connectionOf('Thing', Thing, []),
  ];
  expect(unsafe).toHaveLength(8);
  expect(() => small.queryField('closed', (t) => t.string({ auth: ['ADMIN'], resolve: () => '' }))).not.toThrow();
});
