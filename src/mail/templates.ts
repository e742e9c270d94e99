/**
 * What each mail says: the one place to change it. A paragraph each, and a link where there is one; `mail/letter.ts` makes text and
 * HTML of it. `facts` may hold what a stranger has chosen, such as the name of a browser.
 */
export const TEMPLATES = {
  CONFIRM_EMAIL: () => ({
    subject: 'Confirm your email',
    text: ['Somebody, most likely you, asked to confirm that this mailbox is yours.', ONCE_IN_A_DAY],
    link: { action: 'confirm-email', label: 'Confirm my email' },
  }),
  SIGN_UP: () => ({
    subject: 'Confirm your sign-up',
    text: [
      'Somebody, most likely you, signed up with this email. There is no account before you confirm it.',
      `${ONCE_IN_A_DAY} If it was not you, do nothing.`,
    ],
    link: { action: 'confirm-email', label: 'Confirm my sign-up' },
  }),
  ACCOUNT_EXISTS: () => ({
    subject: 'You have an account already',
    text: [
      'Somebody wanted to open an account with this email, or to move one to it. It has an account already, and nothing was changed.',
      'If it was you: sign in, or ask for a new password there. If it was not you, do nothing.',
    ],
  }),
  CHANGE_EMAIL: () => ({
    subject: 'Confirm your new email',
    text: ['Somebody, most likely you, wants to use this email for their account.', ONCE_IN_A_DAY],
    link: { action: 'confirm-email', label: 'Use this email' },
  }),
  EMAIL_CHANGED: ({ newEmail }) => ({
    subject: 'Your email was changed',
    text: [
      `Your account has another email now: ${newEmail}.`,
      'If it was not you, take the account back: it gets this email again, everybody is signed out, and you choose a new password. The link works for 7 days, once.',
    ],
    link: { action: 'undo-email-change', label: 'It was not me: take my account back' },
  }),
  RESET_PASSWORD: () => ({
    subject: 'Choose a new password',
    text: [
      'Somebody, most likely you, asked for a new password. You are signed out everywhere once it is set.',
      'The link works for an hour, once. If it was not you, do nothing: the old password stays.',
    ],
    link: { action: 'reset-password', label: 'Choose a new password' },
  }),
  PASSWORD_CHANGED: (facts) => ({
    subject: 'Your password was changed',
    text: [`Your password was changed ${circumstances(facts)}.`, NOT_YOU],
  }),
  NEW_NETWORK: (facts) => ({
    subject: 'A sign-in from a new network',
    text: [
      `Somebody signed in to your account from a network that was not seen before ${circumstances(facts)}.`,
      NOT_YOU,
    ],
  }),
  REFRESH_REUSED: ({ when }) => ({
    subject: 'A session of yours was ended',
    text: [
      `On ${when} a token of yours was used a second time. It may have been stolen, so that session was ended.`,
      'If that happens again, choose a new password.',
    ],
  }),
  ROLE_CHANGED: ({ role, when }) => ({
    subject: 'Your role was changed',
    text: [`Since ${when} your role is ${role}.`],
  }),
} as const satisfies Record<string, (facts: Facts) => Letter>;

const ONCE_IN_A_DAY = 'The link works for 24 hours, once.';
const NOT_YOU = 'If it was not you, choose a new password at once: that signs everybody out.';

const circumstances = ({ when, address, userAgent }: Facts) =>
  [`on ${when}`, address && `from ${address}`, userAgent && `with ${userAgent}`].filter(Boolean).join(', ');

export type Template = keyof typeof TEMPLATES;
export type Facts = Record<string, string | undefined>;

export interface Letter {
  subject: string;
  /** A paragraph each. */
  text: string[];
  /** What the page at APP_URL is to do: its address is `APP_URL#/confirm-email?token=…`. */
  link?: { action: 'confirm-email' | 'reset-password' | 'undo-email-change'; label: string };
}
