import { viewerOf } from '../context.ts';
import { builder } from '../graphql/builder.ts';
import { confirmEmail, requestEmailConfirmation } from './confirming.ts';
import { changeEmail, undoEmailChange } from './email-change.ts';
import { requestPasswordReset, resetPassword } from './password.ts';

/** Each has transactions of its own: what is counted stays counted, and a hash takes too long for one. */
const transaction = false;

builder.mutationField('requestEmailConfirmation', (t) =>
  t.boolean({
    auth: ['AUTHENTICATED'],
    transaction,
    description: "Mails a link for confirmEmail to the viewer's email, unless it is confirmed.",
    resolve: async (_root, _args, context) => {
      await requestEmailConfirmation(context.auth, viewerOf(context), context.origin);
      return true;
    },
  }),
);

builder.mutationField('confirmEmail', (t) =>
  t.boolean({
    auth: ['PUBLIC'],
    transaction,
    description:
      'Does what the mail was about: confirms the email, opens the account that was signed up for, or moves the account to its new email.',
    args: { token: t.arg.string({ required: true, description: 'From the link of a mail.' }) },
    resolve: async (_root, { token }, context) => {
      await confirmEmail(context.auth, token);
      return true;
    },
  }),
);

builder.mutationField('requestPasswordReset', (t) =>
  t.boolean({
    auth: ['PUBLIC'],
    transaction,
    description: 'Mails a link for resetPassword, if there is an account; the answer does not tell.',
    args: { email: t.arg.string({ required: true }) },
    resolve: async (_root, { email }, context) => {
      await requestPasswordReset(context.auth, email, context.origin);
      return true;
    },
  }),
);

builder.mutationField('resetPassword', (t) =>
  t.boolean({
    auth: ['PUBLIC'],
    transaction,
    description: 'Sets the password and ends all sessions of the account. Does not sign in.',
    args: {
      token: t.arg.string({ required: true, description: 'From the link of a mail.' }),
      newPassword: t.arg.string({ required: true }),
    },
    resolve: async (_root, args, context) => {
      await resetPassword(context.auth, args, context.origin);
      return true;
    },
  }),
);

builder.mutationField('changeEmail', (t) =>
  t.boolean({
    auth: ['AUTHENTICATED'],
    allOf: ['RECENT'],
    transaction,
    description:
      'Mails a link for confirmEmail to the new email; nothing changes before. The answer does not tell whether it has an account.',
    args: { newEmail: t.arg.string({ required: true }), password: t.arg.string({ required: true }) },
    resolve: async (_root, args, context) => {
      await changeEmail(context.auth, viewerOf(context), args, context.origin);
      return true;
    },
  }),
);

builder.mutationField('undoEmailChange', (t) =>
  t.boolean({
    auth: ['PUBLIC'],
    transaction,
    description:
      'Gives the account its former email back, ends all its sessions, takes the password away, and mails a link for resetPassword there.',
    args: { token: t.arg.string({ required: true, description: 'From the link of a mail.' }) },
    resolve: async (_root, { token }, context) => {
      await undoEmailChange(context.auth, token);
      return true;
    },
  }),
);
