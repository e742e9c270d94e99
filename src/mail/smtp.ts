import { createTransport } from 'nodemailer';
import type { MailConfig } from '../config/config.ts';
import type { Written } from './letter.ts';

/**
 * Sends a mail by the SMTP server of the configuration, within 20 s, or rejects; resolves once that server has taken it. Without one
 * a mail is only kept, for `/dev/mail`.
 */
export function createSending({ smtpUrl, from, requireTls }: MailConfig): SendMail {
  if (!smtpUrl) return async () => {};
  const limits = { dnsTimeout: 5000, connectionTimeout: 8000, greetingTimeout: 8000, socketTimeout: 10_000 };
  const transport = createTransport({ url: smtpUrl, requireTLS: requireTls, ...limits });
  return async ({ id, to, ...letter }) => {
    await transport.sendMail({
      ...letter,
      from,
      // Not as text, which would be read as a list: x<ann@example.com is an email of its own, and not Ann's.
      to: { name: '', address: to },
      // The same at each try, so that a mailbox can tell.
      messageId: `<${id}@latchkey>`,
      // RFC 3834 §5: nobody's absence is answered to it.
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
      signal: AbortSignal.timeout(PATIENCE),
    });
  };
}

/** Milliseconds. */
const PATIENCE = 20_000;

export type SendMail = (mail: Written & { id: string; to: string }) => Promise<void>;
