import type { AppPlugin } from '../../context.ts';
import { jwks, type TokenKeys } from '../../tokens/keys.ts';

/** GET /.well-known/jwks.json: the public keys with which anybody can verify our access tokens. */
export function useJwks(keys: TokenKeys): AppPlugin {
  return {
    async onRequest({ request, url, endResponse, fetchAPI }) {
      if (request.method !== 'GET' || url.pathname !== '/.well-known/jwks.json') return;
      const headers = { 'content-type': 'application/jwk-set+json', 'cache-control': KEYS_CACHED };
      endResponse(new fetchAPI.Response(JSON.stringify(await jwks(keys)), { headers }));
    },
  };
}

/** GET /.well-known/security.txt (RFC 9116): to whom a weakness is reported; nothing without a contact. */
export function useSecurityTxt(contact: string | null, now: () => Date): AppPlugin {
  return {
    onRequest({ request, url, endResponse, fetchAPI }) {
      if (!contact || request.method !== 'GET' || url.pathname !== '/.well-known/security.txt') return;
      const expires = new Date(now().getTime() + CONTACT_HOLDS).toISOString();
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': CONTACT_CACHED };
      endResponse(new fetchAPI.Response(`Contact: ${contact}\nExpires: ${expires}\n`, { headers }));
    },
  };
}

/** A new key is to be configured as the second one this long before it becomes the first. */
const KEYS_CACHED = 'public, max-age=300';

/** Milliseconds. RFC 9116 §2.5.5 recommends less than a year; whoever goes on serving the contact still stands by it. */
const CONTACT_HOLDS = 30 * 86_400_000;
const CONTACT_CACHED = 'public, max-age=86400';
