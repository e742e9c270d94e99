import type { Samples } from '../access/samples.ts';
import { PASSWORD } from '../kit/app.ts';
import { makeToken } from './mailbox.ts';

export const samples: Samples = {
  arguments: {
    'Mutation.confirmEmail': async ({ user: { id, email } }, app) => ({
      token: await makeToken('CONFIRM_EMAIL', { userId: id, email }, app),
    }),
    'Mutation.requestPasswordReset': ({ user }) => ({ email: user.email }),
    'Mutation.resetPassword': async ({ user: { id, email } }, app) => ({
      token: await makeToken('RESET_PASSWORD', { userId: id, email }, app),
      newPassword: `${PASSWORD} too`,
    }),
    'Mutation.changeEmail': ({ user }) => ({ newEmail: `new.${user.email}`, password: PASSWORD }),
    'Mutation.undoEmailChange': async ({ user: { id, email } }, app) => ({
      token: await makeToken('UNDO_EMAIL_CHANGE', { userId: id, email: `old.${email}` }, app),
    }),
  },
};
