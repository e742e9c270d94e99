import { verifyAccessToken } from '../auth/access-token.ts';
import type { AuthDeps, Client } from '../auth/deps.ts';
import { jwks, type TokenKeys } from '../auth/keys.ts';
import { refresh } from '../auth/refresh.ts';
import type { Tokens } from '../auth/sessions.ts';
import { login, logout } from '../auth/sign-in.ts';
import { AppError } from '../errors.ts';
import type { AppPlugin } from '../graphql/context.ts';
import type { Log } from '../log.ts';

/**
 * POST /oauth/revoke (RFC 7009) and, if asked for, POST /oauth/token (RFC 6749 §4.3 and §6) for tools that expect them. They are the
 * login, refresh and logout of the GraphQL API under other names: every limit and check is shared.
 */
export function useOAuth(deps: AuthDeps, passwordGrant: boolean, log: Log): AppPlugin {
  const endpoints = new Map<string, Endpoint>([['/oauth/revoke', revoke]]);
  if (passwordGrant) endpoints.set('/oauth/token', token);

  return {
    async onRequest({ request, url, endResponse, fetchAPI, serverContext: { client, requestId } }) {
      const endpoint = endpoints.get(url.pathname);
      if (!endpoint || request.method === 'OPTIONS') return;
      const { status, body, headers } = await readForm(request)
        .then((form) => endpoint(deps, form, client))
        .catch((error) => refusal(error, log, requestId));
      endResponse(fetchAPI.Response.json(body, { status, headers: { pragma: 'no-cache', ...headers } }));
    },
  };
}

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

async function token(deps: AuthDeps, form: Form, client: Client): Promise<Answer> {
  if (!form) return refused('invalid_request', NO_FORM);
  const { username, password, refresh_token: refreshToken } = form;
  const grant = form['grant_type'] || (username !== undefined && password !== undefined && 'password');
  if (!grant) return refused('invalid_request', 'grant_type is missing.');
  if (grant === 'password') {
    if (username === undefined || password === undefined) {
      return refused('invalid_request', 'The password grant needs username and password.');
    }
    return granted(deps, await login(deps, { email: username, password }, client));
  }
  if (grant !== 'refresh_token') return refused('unsupported_grant_type', 'Use password or refresh_token.');
  if (!refreshToken) return refused('invalid_request', 'The refresh_token grant needs refresh_token.');
  return granted(deps, await refresh(deps, refreshToken));
}

/** RFC 7009 §2.2: a token that is none of ours is no error, for then it is as good as revoked. */
async function revoke(deps: AuthDeps, form: Form): Promise<Answer> {
  if (!form) return refused('invalid_request', NO_FORM);
  const { token } = form;
  if (!token) return refused('invalid_request', 'token is missing.');
  const viewer = await verifyAccessToken(token, deps.keys, deps.lifetimes.accessToken, deps.now());
  await logout(deps, viewer?.sessionId ?? null, token);
  return { status: 200, body: {} };
}

const granted = (deps: AuthDeps, { accessToken, refreshToken, viewer }: Tokens): Answer => ({
  status: 200,
  body: {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: Math.floor((viewer.tokenExpiresAt.getTime() - deps.now().getTime()) / 1000),
    refresh_token: refreshToken,
  },
});

const refused = (error: string, description?: string): Answer => ({
  status: 400,
  body: { error, error_description: description },
});

/** RFC 6749 §5.2, which has no word for "later". */
function refusal(error: unknown, log: Log, requestId: string): Answer {
  if (!(error instanceof AppError)) {
    log.error({ requestId, err: error }, 'failed');
    return { status: 500, body: { error: 'server_error' } };
  }
  const { code, reason, cause, message, extras } = error;
  log[code === 'SERVICE_UNAVAILABLE' ? 'error' : 'info']({ requestId, code, reason, err: cause }, 'refused');
  const later = { error: 'temporarily_unavailable', error_description: message };
  if (code === 'SERVICE_UNAVAILABLE') return { status: 503, body: later };
  if (code === 'RATE_LIMITED') return { status: 429, body: later, headers: { 'retry-after': `${extras.retryAfter}` } };
  return refused('invalid_grant', message);
}

/** The fields of a small form, each sent once (RFC 6749 §3.2); undefined for anything else. */
async function readForm(request: Request): Promise<Form> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const length = Number(request.headers.get('content-length') ?? Number.NaN);
  if (request.method !== 'POST' || type !== 'application/x-www-form-urlencoded' || !(length <= MAX_FORM))
    return undefined;
  const entries = [...new URLSearchParams(await request.text().catch(() => ''))];
  const form = Object.fromEntries(entries);
  return Object.keys(form).length === entries.length ? form : undefined;
}

/** A new key is to be configured as the second one this long before it becomes the first. */
const CACHED = 'public, max-age=300';
const NO_FORM = 'Send a small application/x-www-form-urlencoded POST with its Content-Length, each parameter once.';
/** Bytes. */
const MAX_FORM = 10_000;

type Form = Record<string, string> | undefined;
type Endpoint = (deps: AuthDeps, form: Form, client: Client) => Promise<Answer>;

interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
}
