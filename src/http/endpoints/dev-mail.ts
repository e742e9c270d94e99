import type { AppPlugin } from '../../context.ts';
import type { Db } from '../../db/database.ts';
import { isId } from '../../input.ts';
import { escaped, writeLetter } from '../../mail/letter.ts';
import { type Facts, TEMPLATES, type Template } from '../../mail/templates.ts';
import type { OneTimeTokens } from '../../tokens/one-time-token.ts';

/**
 * GET /dev/mail: the mails that would have been sent, for whoever develops; GET /dev/mail/ID: one of them, as a mailbox shows it.
 * Whoever reads it has all accounts, so it is for this machine alone: where no SMTP server is configured, and never in production.
 */
export function useDevMail(parts: DevMailParts): AppPlugin {
  return {
    async onRequest({ request, url, endResponse, fetchAPI, serverContext }) {
      if (request.method !== 'GET' || !/^\/dev\/mail(\/|$)/.test(url.pathname)) return;
      // A page elsewhere can have its own name lead to this machine; the name says so. Who is elsewhere can send any name.
      if (!LOCAL.test(url.hostname) || !HERE.test(serverContext.record.address ?? ''))
        return endResponse(new fetchAPI.Response('Only for this machine.', { status: 403 }));
      const id = url.pathname.slice('/dev/mail/'.length);
      const html = id ? await mailPage(parts, id) : await listPage(parts);
      const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
      endResponse(new fetchAPI.Response(html ?? 'There is no such mail.', { status: html ? 200 : 404, headers }));
    },
  };
}

async function listPage({ db }: DevMailParts) {
  const mails = await db.mail.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 50 });
  const lines = mails.map(
    ({ id, to, template, createdAt }) =>
      `<tr><td>${createdAt.toISOString()}</td><td>${escaped(to)}</td><td><a href="/dev/mail/${id}">${escaped(template)}</a></td></tr>`,
  );
  const table = `<table><thead><tr><th>When</th><th>To</th><th>What</th></tr></thead><tbody>${lines.join('')}</tbody></table>`;
  return page('Mails', lines.length > 0 ? table : '<p>No mail yet.</p>');
}

async function mailPage({ db, tokens, appUrl }: DevMailParts, id: string) {
  const mail = isId(id) ? await db.mail.findUnique({ where: { id } }) : null;
  if (!mail || !Object.hasOwn(TEMPLATES, mail.template)) return null;
  const kept = mail.tokenId && (await db.oneTimeToken.findUnique({ where: { id: mail.tokenId } }));
  const token = kept ? tokens.tokenOf(kept) : null;
  const letter = writeLetter(mail.template as Template, mail.facts as Facts, token, appUrl);
  const isOver = mail.tokenId !== null && token === null;
  return page(
    letter.subject,
    `<p><a href="/dev/mail">All mails</a> · To ${escaped(mail.to)}${isOver ? ' · Its link was used, or is of no use any more.' : ''}</p>` +
      `<pre>${isOver ? '' : escaped(letter.text)}</pre>` +
      (token ? `<p><a href="${escaped(linkIn(letter.text))}">Follow the link</a></p>` : '') +
      `<iframe title="As HTML" sandbox="" srcdoc="${escaped(letter.html)}"></iframe>`,
  );
}

const page = (title: string, body: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Latchkey</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 60em; margin: 0 auto; padding: 24px }
  table { width: 100%; border-collapse: collapse; text-align: left } td, th { padding: 4px 12px 4px 0; overflow-wrap: anywhere }
  pre { white-space: pre-wrap; overflow-wrap: anywhere } iframe { width: 100%; height: 30em; border: 1px solid }
</style>
<main><h1>${escaped(title)}</h1>${body}</main>
</html>
`;

const linkIn = (text: string) => text.split('\n').at(-1) ?? '';

/** RFC 5735 §3 and RFC 4291 §2.5.3, also as IPv4 in IPv6. */
const HERE = /^(::ffff:)?127\.|^::1$/;
const LOCAL = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** No script, and nothing from elsewhere. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface DevMailParts {
  db: Db;
  tokens: OneTimeTokens;
  appUrl: string;
}
