import type { IncomingHttpHeaders } from 'node:http';
import type { RefreshCookie } from '../context.ts';
import type { AnswerHeaders } from './headers.ts';

/** Puts the refresh token that a sign-in delivers by cookie where no script can read it, or takes it away again. */
export function setCookie(headers: AnswerHeaders, { toSet }: RefreshCookie, now: Date) {
  if (toSet === undefined) return;
  const { token, expiresAt } = toSet ?? { token: '', expiresAt: now };
  const maxAge = Math.max(0, Math.round((expiresAt.getTime() - now.getTime()) / 1000));
  headers.append('set-cookie', `${NAME}=${token}; ${ATTRIBUTES}; Max-Age=${maxAge}`);
}

/** The refresh token among the cookies of a request. */
export function sentCookie(header: string | undefined): string | null {
  const pairs = header?.split(';').map((pair) => pair.trim()) ?? [];
  return pairs.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1) || null;
}

/**
 * Whether a page of ours, or of a listed origin, sends the request: by Sec-Fetch-Site, which no page can forge, or by Origin where
 * a browser does not send that. With neither there is no proof (OWASP CSRF Prevention, Fetch Metadata). `secure` says that all
 * who reach us do so by HTTPS: then a page of the same host that came without it is not ours. Nor is one of another site, listed or
 * not: its browser would drop the cookie, and say nothing.
 */
export function isOurs(headers: IncomingHttpHeaders, secure: boolean, origins: readonly string[]): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site') return false;
  if (origin !== undefined && origins.includes(origin)) return true;
  if (site !== undefined) return site === 'same-origin';
  return host !== undefined && origin === `${secure ? 'https' : 'http'}://${host}`;
}

/** RFC 6265bis §4.1.3.2: a browser takes this name only from HTTPS (or localhost), for this host alone, and no script can plant it. */
const NAME = '__Host-refresh';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';
