import type { AppPlugin } from '../context.ts';
import { jwks, type TokenKeys } from '../tokens/keys.ts';

/** GET /.well-known/jwks.json: the public keys with which anybody can verify our access tokens. */
export function useJwks(keys: TokenKeys): AppPlugin {
  return {
    async onRequest({ request, url, endResponse, fetchAPI }) {
      if (request.method !== 'GET' || url.pathname !== '/.well-known/jwks.json') return;
      const headers = { 'content-type': 'application/jwk-set+json', 'cache-control': CACHED };
      endResponse(new fetchAPI.Response(JSON.stringify(await jwks(keys)), { headers }));
    },
  };
}

/** A new key is to be configured as the second one this long before it becomes the first. */
const CACHED = 'public, max-age=300';
