import { expect } from 'vitest';
import type { TokenPurpose } from '../../src/db/generated/client.ts';
import { TEMPLATES, type Template } from '../../src/mail/templates.ts';
import { newToken } from '../../src/recovery/tokens.ts';
import { tokenKeys } from '../../src/tokens/keys.ts';
import { createOneTimeTokens } from '../../src/tokens/one-time-token.ts';
import { SECRET, startApp, type TestApp } from '../kit/app.ts';
import { startSmtp } from '../kit/smtp.ts';
import { SOON } from '../kit/soon.ts';

/** An app that sends its mails by a mail server, and what arrives there. */
export async function startMailedApp({ env, ...options }: Parameters<typeof startApp>[0] = {}) {
  const smtp = await startSmtp();
  const app = await startApp({ ...options, env: { ...smtp.env, ...env } });
  /** Every mail to somebody so far, oldest first. */
  const mailsTo = async (to: string) => {
    // A replica may be sending it.
    await expect.poll(() => app.db.mail.count({ where: { to, nextTryAt: { not: null } } }), { timeout: SOON }).toBe(0);
    return smtp.mails
      .filter((mail) => mail.to === to)
      .map((mail) => ({ ...mail, template: TEMPLATE_OF.get(mail.subject) }));
  };
  /** The token in the link of their last mail of this kind. */
  const tokenIn = async (template: Template, to: string) => {
    const token = (await mailsTo(to)).findLast((mail) => mail.template === template)?.token;
    if (!token) throw new Error(`No mail ${template} with a link was sent to ${to}.`);
    return token;
  };
  const templatesTo = async (to: string) => (await mailsTo(to)).map(({ template }) => template);
  return { ...app, mailsTo, tokenIn, templatesTo, smtp };
}

/** A token that nobody was sent. */
export async function makeToken(
  purpose: TokenPurpose,
  about: { userId: string | null; email: string },
  { db, now }: TestApp,
): Promise<string> {
  const data = newToken(await ONE_TIME, purpose, about, now());
  await db.oneTimeToken.create({ data });
  return (await ONE_TIME).tokenOf(data) ?? '';
}

export const CONFIRM = 'mutation ($token: String!) { confirmEmail(token: $token) }';
export const UNDO = 'mutation ($token: String!) { undoEmailChange(token: $token) }';
export const RESET =
  'mutation ($token: String!, $newPassword: String = "another horse battery staple") { resetPassword(token: $token, newPassword: $newPassword) }';
export const REQUEST_CONFIRMATION = 'mutation { requestEmailConfirmation }';
export const REQUEST_RESET = 'mutation ($email: String!) { requestPasswordReset(email: $email) }';
export const CHANGE =
  'mutation ($newEmail: String!, $password: String!) { changeEmail(newEmail: $newEmail, password: $password) }';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const TEMPLATE_OF = new Map(
  Object.entries(TEMPLATES).map(([template, letter]) => [letter({}).subject as string, template]),
);

const ONE_TIME = tokenKeys({
  issuer: '',
  audience: '',
  secrets: [SECRET],
  privateKeys: [],
  algorithm: undefined,
}).then(({ oneTime }) => createOneTimeTokens(oneTime));
