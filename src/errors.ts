/**
 * Every `extensions.code` that a client can meet: the sentence that goes with it, the HTTP status of an answer that holds nothing
 * else, the level at which the log tells of a request that met it, and what a client does. GraphQL, OAuth, the listener and the docs read it here.
 */
export const ERRORS = {
  UNAUTHENTICATED: {
    sentence: 'Sign in first.',
    status: 401,
    level: 'info',
    client: 'Signs in.',
  },
  TOKEN_EXPIRED: {
    sentence: 'The access token has expired: refresh it.',
    status: 401,
    level: 'info',
    client: 'Refreshes once and asks again.',
  },
  INVALID_TOKEN: {
    sentence: 'The access token is not valid.',
    status: 401,
    level: 'info',
    client: 'Drops the access token and refreshes; signs in if there is nothing to refresh with.',
  },
  SESSION_ENDED: {
    sentence: 'The session has ended: sign in again.',
    status: 401,
    level: 'info',
    client: 'Drops its tokens and signs in.',
  },
  REFRESH_REJECTED: {
    sentence: 'The refresh token cannot be used: sign in again.',
    status: 200,
    level: 'info',
    client: 'Drops its tokens and signs in.',
  },
  INVALID_CREDENTIALS: {
    sentence: 'Email or password is wrong.',
    status: 200,
    level: 'info',
    client: 'Asks for email and password again.',
  },
  FORBIDDEN: {
    sentence: 'Not allowed.',
    status: 403,
    level: 'info',
    client: 'Does not ask again: `viewerCan` tells in advance.',
  },
  NOT_FOUND: {
    sentence: 'Not found.',
    status: 200,
    level: 'info',
    client: 'Takes it for gone.',
  },
  BAD_USER_INPUT: {
    sentence: 'Check what you sent.',
    status: 200,
    level: 'info',
    client: 'Shows each text of `fields` at its input, or `reason`.',
  },
  EMAIL_TAKEN: {
    sentence: 'There is an account with this email already.',
    status: 200,
    level: 'info',
    client: 'Offers to sign in; `fields` has the place.',
  },
  WEAK_PASSWORD: {
    sentence: 'Choose another password.',
    status: 200,
    level: 'info',
    client: 'Shows the text of `fields` at the password.',
  },
  RATE_LIMITED: {
    sentence: 'Too many attempts: try again later.',
    status: 429,
    level: 'info',
    client: 'Waits for `retryAfter` seconds.',
  },
  OPERATION_REFUSED: {
    sentence: 'The operation is over a limit: ask for less.',
    status: 400,
    level: 'info',
    client: 'Asks for less at once.',
  },
  SERVICE_UNAVAILABLE: {
    sentence: 'Not available right now: try again.',
    status: 503,
    level: 'error',
    client: 'Keeps its tokens and asks again, with growing pauses.',
  },
  INTERNAL_SERVER_ERROR: {
    sentence: 'Something went wrong.',
    status: 200,
    level: 'error',
    client: 'Says so, with the `x-request-id` of the answer.',
  },
} as const satisfies Record<string, ErrorFacts>;

export type ErrorCode = keyof typeof ERRORS;

/** A refusal: clients get the code, its sentence and the public extras; `detail` and `cause` go to the log only. */
export class AppError extends Error {
  readonly extras: PublicExtras;
  /** Where a rule refused: which ones did not hold, on what. Anybody can read both in the SDL, so it tells nothing of an object. */
  readonly rule: RefusedRule | undefined;
  /** Where a limit refused: which one, for the metrics. */
  readonly refusedBy: string | undefined;

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    { cause, rule, refusedBy, ...extras }: PublicExtras & PrivateExtras = {},
  ) {
    super(ERRORS[code].sentence, { cause });
    this.extras = code === 'SERVICE_UNAVAILABLE' ? { retryAfter: RETRY_AFTER, ...extras } : extras;
    this.rule = rule;
    this.refusedBy = refusedBy ?? extras.limit?.name;
  }
}

/** Whole seconds after which to ask again, where nobody knows better. */
const RETRY_AFTER = 1;

/** BAD_USER_INPUT for one place of the input, such as `input.title`. */
export const badInput = (path: string, reason: string) =>
  new AppError('BAD_USER_INPUT', `${path}: ${reason}`, { fields: { [path]: reason } });

/** OPERATION_REFUSED, with the limit, what was found and what is allowed. */
export const overLimit = (name: string, found: number, allowed: number) =>
  new AppError('OPERATION_REFUSED', `${name}: ${found} of ${allowed}`, {
    limit: { name, found: Math.min(found, Number.MAX_SAFE_INTEGER), allowed },
  });

/** RFC 6750 §3: what `WWW-Authenticate` says with a 401; whoever sent a token hears that it was not taken. */
export const challengeOf = (code: ErrorCode) =>
  code === 'UNAUTHENTICATED' ? 'Bearer' : 'Bearer error="invalid_token"';

interface ErrorFacts {
  sentence: string;
  /** 200 where a part of the document may still have been answered. */
  status: 200 | 400 | 401 | 403 | 429 | 503;
  level: 'info' | 'error';
  /** For the README: what a client does when it meets the code. */
  client: string;
}

/** What `extensions` holds besides the code. */
export interface PublicExtras {
  /** BAD_USER_INPUT, WEAK_PASSWORD, EMAIL_TAKEN: a reason for each input path. */
  fields?: Record<string, string>;
  /** WEAK_PASSWORD, and BAD_USER_INPUT and FORBIDDEN where no input is to blame: why. */
  reason?: string;
  /** RATE_LIMITED and SERVICE_UNAVAILABLE: whole seconds. */
  retryAfter?: number;
  /** OPERATION_REFUSED: which limit, what was found and what is allowed. */
  limit?: { name: string; found: number; allowed: number };
}

interface PrivateExtras {
  cause?: unknown;
  rule?: RefusedRule;
  refusedBy?: string;
}

interface RefusedRule {
  /** The type, field or input that carries the rule. */
  on: string;
  anyOf: string[];
}
