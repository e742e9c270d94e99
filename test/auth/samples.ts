import type { Samples } from '../access/samples.ts';
import { PASSWORD } from '../kit/app.ts';

export const samples: Samples = {
  arguments: {
    'Mutation.signup': ({ user }) => ({ input: { email: `second.${user.email}`, password: PASSWORD } }),
    'Mutation.login': ({ user }) => ({ input: { email: user.email, password: PASSWORD } }),
    'Mutation.refresh': ({ tokens }) => ({ input: { refreshToken: tokens.refreshToken } }),
    'Mutation.reauthenticate': () => ({ password: PASSWORD }),
    'Mutation.changePassword': () => ({ input: { currentPassword: PASSWORD, newPassword: `${PASSWORD} too` } }),
    'Mutation.changePasswordAndRefresh': () => ({
      input: { currentPassword: PASSWORD, newPassword: `${PASSWORD} too` },
    }),
    'Mutation.deleteMe': () => ({ password: PASSWORD }),
  },
  objects: { AuthPayload: ({ tokens }) => tokens },
};
