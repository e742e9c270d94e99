/**
 * Every `extensions.code` that a client can meet: the sentence that goes with it, what it means, what may stand beside it, the HTTP
 * status of an answer that holds nothing else, the level at which the log tells of a request that met it, and what a client does.
 * GraphQL, OAuth, the listener and docs/errors.md read it here.
 */
export const ERRORS = {
  UNAUTHENTICATED: {
    sentence: 'Sign in first.',
    means: 'No access token was sent, and the place is not for everybody.',
    extensions: ['rule'],
    status: 401,
    level: 'info',
    client: 'Signs in.',
  },
  TOKEN_EXPIRED: {
    sentence: 'The access token has expired: refresh it.',
    means: 'The access token is too old, or its user got other rights since.',
    extensions: ['rule'],
    status: 401,
    level: 'info',
    client: 'Refreshes once and asks again.',
  },
  INVALID_TOKEN: {
    sentence: 'The access token is not valid.',
    means: 'What was sent is not one access token that this server has signed.',
    extensions: ['rule'],
    status: 401,
    level: 'info',
    client: 'Drops the access token and refreshes; signs in if there is nothing to refresh with.',
  },
  SESSION_ENDED: {
    sentence: 'The session has ended: sign in again.',
    means: 'The session was signed out, or ended by its user, an admin or a limit.',
    extensions: ['rule'],
    status: 401,
    level: 'info',
    client: 'Drops its tokens and signs in.',
  },
  REAUTHENTICATION_REQUIRED: {
    sentence: 'Confirm your password first.',
    means: 'The viewer is let in, but has signed in too long ago for this.',
    extensions: ['rule'],
    status: 401,
    level: 'info',
    client: 'Asks for the password, calls `reauthenticate`, and asks again with the new access token.',
  },
  REFRESH_REJECTED: {
    sentence: 'The refresh token cannot be used: sign in again.',
    means: 'The refresh token is unknown, too old or used before, or its session has ended.',
    extensions: [],
    status: 200,
    level: 'info',
    client: 'Drops its tokens and signs in.',
  },
  INVALID_CREDENTIALS: {
    sentence: 'Email or password is wrong.',
    means: 'The password is wrong, there is no such account, or it is disabled.',
    extensions: [],
    status: 200,
    level: 'info',
    client: 'Asks for email and password again.',
  },
  FORBIDDEN: {
    sentence: 'Not allowed.',
    means: 'The viewer is known, and the rule does not let them in.',
    extensions: ['rule', 'reason'],
    status: 403,
    level: 'info',
    client: 'Does not ask again: `viewerCan` tells in advance.',
  },
  NOT_FOUND: {
    sentence: 'Not found.',
    means: 'There is no such object, or it is not for this viewer: both look the same.',
    extensions: ['rule'],
    status: 200,
    level: 'info',
    client: 'Takes it for gone.',
  },
  BAD_USER_INPUT: {
    sentence: 'Check what you sent.',
    means: 'The document, a variable or an argument cannot be used.',
    extensions: ['fields', 'reason'],
    status: 200,
    level: 'info',
    client: 'Shows each text of `fields` at its input, or `reason`.',
  },
  EMAIL_TAKEN: {
    sentence: 'There is an account with this email already.',
    means: 'Said to whoever signs up, and to nobody else.',
    extensions: ['fields'],
    status: 200,
    level: 'info',
    client: 'Offers to sign in; `fields` has the place.',
  },
  CONFIRMATION_REQUIRED: {
    sentence: 'We have sent you a mail: follow its link to go on.',
    means: 'Said to whoever signs up where `SIGNUP_CONFIRMATION` is on, and the same for a taken email.',
    extensions: [],
    status: 200,
    level: 'info',
    client: 'Says so: there is no account yet, and nobody is signed in.',
  },
  WEAK_PASSWORD: {
    sentence: 'Choose another password.',
    means: 'The password is too short or too long, common, or says whose it is.',
    extensions: ['fields', 'reason'],
    status: 200,
    level: 'info',
    client: 'Shows the text of `fields` at the password.',
  },
  RATE_LIMITED: {
    sentence: 'Too many attempts: try again later.',
    means: 'Too many wrong passwords, sign-ups or mails within a window of time.',
    extensions: ['retryAfter'],
    status: 429,
    level: 'info',
    client: 'Waits for `retryAfter` seconds.',
  },
  OPERATION_REFUSED: {
    sentence: 'The operation is over a limit: ask for less.',
    means: 'Nothing was done: the document is too long, deep or dear, or streams are too many.',
    extensions: ['limit'],
    status: 400,
    level: 'info',
    client: 'Asks for less at once.',
  },
  SERVICE_UNAVAILABLE: {
    sentence: 'Not available right now: try again.',
    means: 'The database is away or too slow, the time was over, or too many wait.',
    extensions: ['retryAfter', 'rule'],
    status: 503,
    level: 'error',
    client: 'Keeps its tokens and asks again, with growing pauses.',
  },
  INTERNAL_SERVER_ERROR: {
    sentence: 'Something went wrong.',
    means: 'A bug of the server; the log has it under the `x-request-id` of the answer.',
    extensions: [],
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

/** RFC 6750 §3: what `WWW-Authenticate` says with a 401; whoever sent a token hears that it was not taken, or not for this. */
export function challengeOf(code: ErrorCode): string {
  if (code === 'UNAUTHENTICATED') return 'Bearer';
  // RFC 9470 §3.
  if (code === 'REAUTHENTICATION_REQUIRED') return 'Bearer error="insufficient_user_authentication", max_age=600';
  return 'Bearer error="invalid_token"';
}

interface ErrorFacts {
  sentence: string;
  /** For docs/errors.md, like `extensions` and `client`: when a client meets it. */
  means: string;
  extensions: (keyof PublicExtras | 'rule')[];
  /** 200 where a part of the document may still have been answered. */
  status: 200 | 400 | 401 | 403 | 429 | 503;
  level: 'info' | 'error';
  /** What a client does when it meets the code. */
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
