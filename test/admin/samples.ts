import type { Samples } from '../access/samples.ts';

export const samples: Samples = {
  arguments: {
    'Mutation.setUserRole': ({ user }) => ({ userId: user.id, role: 'ADMIN' }),
    'Mutation.setUserDisabled': ({ user }) => ({ userId: user.id, disabled: true }),
    'Mutation.revokeUserSessions': ({ user }) => ({ userId: user.id }),
  },
  names: {
    'Mutation.setUserRole(userId)': 'User',
    'Mutation.setUserDisabled(userId)': 'User',
    'Mutation.revokeUserSessions(userId)': 'User',
  },
};
