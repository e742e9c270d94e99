import type { Samples } from '../access/samples.ts';

export const samples: Samples = {
  arguments: {
    'Query.explain': ({ user }) => ({ userId: user.id, document: '{ me { id } }' }),
    'Mutation.setUserRole': ({ user }) => ({ userId: user.id, role: 'ADMIN' }),
    'Mutation.setUserDisabled': ({ user }) => ({ userId: user.id, disabled: true }),
    'Mutation.revokeUserSessions': ({ user }) => ({ userId: user.id }),
  },
  objects: {
    Verdict: () => ({ path: 'me', place: 'Query.me', rule: ['AUTHENTICATED'], verdict: 'ALLOWED' }),
  },
};
