import { type GraphQLError, Refusal, type Session } from './session.ts';

/** What there is to an account besides signing in. Each fails with a Refusal where the server says no. */
export function createAccount(session: Session) {
  async function send(mutation: string, variables: object = {}): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query: mutation, variables });
    const response = await session.fetch(session.url, { method: 'POST', headers, body });
    const { data, errors }: { data?: unknown; errors?: GraphQLError[] } = await response.json();
    if (!data) throw new Refusal(errors?.[0]);
  }

  return {
    /** Sends a mail with a link, if anybody has this email; never says whether. */
    requestPasswordReset: (email: string) =>
      send('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email }),
    /** Every session has ended then: go on with signing in. */
    resetPassword: (token: string, newPassword: string) =>
      send(
        'mutation ($token: String!, $newPassword: String!) { resetPassword(token: $token, newPassword: $newPassword) }',
        {
          token,
          newPassword,
        },
      ),
    requestEmailConfirmation: () => send('mutation { requestEmailConfirmation }'),
    confirmEmail: (token: string) => send('mutation ($token: String!) { confirmEmail(token: $token) }', { token }),
    /** Sends a mail to the new email: the account has it once the link in there was followed. */
    changeEmail: (newEmail: string, password: string) =>
      send(
        'mutation ($newEmail: String!, $password: String!) { changeEmail(newEmail: $newEmail, password: $password) }',
        {
          newEmail,
          password,
        },
      ),
    undoEmailChange: (token: string) =>
      send('mutation ($token: String!) { undoEmailChange(token: $token) }', { token }),
    changePassword: (currentPassword: string, newPassword: string) =>
      send('mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }', {
        input: { currentPassword, newPassword },
      }),
  };
}

/** What a link in a mail asks for, by the hash of the address it leads to. Nothing happens before somebody says so on the page. */
export function linkIn(hash: string): MailLink | null {
  const [, action, token] = /^#\/(confirm-email|reset-password|undo-email-change)\?token=([\w-]+)$/.exec(hash) ?? [];
  return action && token ? { action: action as MailLink['action'], token } : null;
}

export type MailLink = { action: 'confirm-email' | 'reset-password' | 'undo-email-change'; token: string };
