import { type AuthDeps, login } from '../../auth/sign-in.ts';
import type { AppPlugin } from '../../context.ts';
import { asOperation, orLate } from '../../db/operation.ts';
import { type AppError, ERRORS } from '../../errors.ts';
import { toAppError } from '../../graphql/answers.ts';
import { refresh } from '../../sessions/refresh.ts';
import { logout, type SignInOrigin } from '../../sessions/sessions.ts';
import { recordRefusal, toldOf } from '../../telemetry/record.ts';
import type { TokenPair } from '../../tokens/tokens.ts';

/**
 * POST /oauth/revoke (RFC 7009) and, if asked for, POST /oauth/token (RFC 6749 §4.3 and §6) for tools that expect them. They are the
 * login, refresh and logout of the GraphQL API under other names: every limit and check is shared.
 */
export function useOAuth(
  deps: Omit<AuthDeps, 'tell' | 'circumstances'>,
  { passwordGrant, timeout }: OAuthOptions,
): AppPlugin {
  const endpoints = new Map<string, Endpoint>([['/oauth/revoke', revoke]]);
  if (passwordGrant) endpoints.set('/oauth/token', token);

  return {
    async onRequest({ request, url, endResponse, fetchAPI, serverContext: { origin, record } }) {
      const endpoint = endpoints.get(url.pathname);
      if (!endpoint || request.method === 'OPTIONS') return;
      const { status, body, headers } = await readForm(request)
        .then((form) =>
          asOperation(timeout, () => orLate(endpoint({ ...deps, ...toldOf({ record, origin }) }, form, origin))),
        )
        .catch((error) => {
          const refusal = toAppError(error);
          recordRefusal(record, refusal);
          return oauthError(refusal);
        });
      endResponse(fetchAPI.Response.json(body, { status, headers: { pragma: 'no-cache', ...headers } }));
    },
  };
}

async function token(deps: AuthDeps, form: Form, origin: SignInOrigin): Promise<Answer> {
  if (!form) return badRequest('invalid_request', NO_FORM);
  const { username, password, refresh_token: refreshToken } = form;
  const grant = form['grant_type'] || (username !== undefined && password !== undefined && 'password');
  if (!grant) return badRequest('invalid_request', 'grant_type is missing.');
  if (grant === 'password') {
    if (username === undefined || password === undefined) {
      return badRequest('invalid_request', 'The password grant needs username and password.');
    }
    return granted(await login(deps, { email: username, password }, origin));
  }
  if (grant !== 'refresh_token') return badRequest('unsupported_grant_type', 'Use password or refresh_token.');
  if (!refreshToken) return badRequest('invalid_request', 'The refresh_token grant needs refresh_token.');
  return granted(await refresh(deps, refreshToken));
}

/** RFC 7009 §2.2: a token that is none of ours is no error, for then it is as good as revoked. */
async function revoke(deps: AuthDeps, form: Form): Promise<Answer> {
  if (!form) return badRequest('invalid_request', NO_FORM);
  const { token } = form;
  if (!token) return badRequest('invalid_request', 'token is missing.');
  const claims = await deps.tokens.verifyAccess(token, deps.now());
  await logout(deps, claims?.sessionId ?? null, token);
  return { status: 200, body: {} };
}

const granted = ({ accessToken, refreshToken, expiresIn }: TokenPair): Answer => ({
  status: 200,
  body: { access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn, refresh_token: refreshToken },
});

const badRequest = (error: string, description?: string): Answer => ({
  status: 400,
  body: { error, error_description: description },
});

/** RFC 6749 §5.2: what the user got wrong is an invalid grant. It has no word for "later", so that is RFC 6749 §4.1.2.1's. */
function oauthError({ code, message, extras }: AppError): Answer {
  if (code === 'INTERNAL_SERVER_ERROR') return { status: 500, body: { error: 'server_error' } };
  const { status } = ERRORS[code];
  if (status !== 429 && status !== 503) return badRequest('invalid_grant', message);
  return {
    status,
    body: { error: 'temporarily_unavailable', error_description: message },
    headers: extras.retryAfter === undefined ? {} : { 'retry-after': `${extras.retryAfter}` },
  };
}

/** The fields of a small form, each sent once (RFC 6749 §3.2); undefined for anything else. */
async function readForm(request: Request): Promise<Form> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (request.method !== 'POST' || type !== 'application/x-www-form-urlencoded') return undefined;
  const text = await request.text();
  if (text.length > MAX_FORM) return undefined;
  const entries = [...new URLSearchParams(text)];
  const form = Object.fromEntries(entries);
  return Object.keys(form).length === entries.length ? form : undefined;
}

const NO_FORM = 'Send a small application/x-www-form-urlencoded POST, each parameter once.';
/** Characters. */
const MAX_FORM = 10_000;

type Form = Record<string, string> | undefined;
type Endpoint = (deps: AuthDeps, form: Form, origin: SignInOrigin) => Promise<Answer>;

interface OAuthOptions {
  passwordGrant: boolean;
  /** Milliseconds. */
  timeout: number;
}

interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
}
