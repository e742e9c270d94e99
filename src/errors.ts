/** Every `extensions.code` a client can meet, and the sentence that goes with it. */
export const ERROR_CODES = {
  UNAUTHENTICATED: 'Sign in first.',
  TOKEN_EXPIRED: 'The access token has expired: refresh it.',
  INVALID_TOKEN: 'The access token is not valid.',
  SESSION_ENDED: 'The session has ended: sign in again.',
  REFRESH_REJECTED: 'The refresh token cannot be used: sign in again.',
  INVALID_CREDENTIALS: 'Email or password is wrong.',
  FORBIDDEN: 'Not allowed.',
  NOT_FOUND: 'Not found.',
  BAD_USER_INPUT: 'The request cannot be understood as sent.',
  EMAIL_TAKEN: 'There is an account with this email already.',
  WEAK_PASSWORD: 'Choose another password.',
  RATE_LIMITED: 'Too many attempts: try again later.',
  OPERATION_REFUSED: 'The operation is over a limit: ask for less.',
  SERVICE_UNAVAILABLE: 'Not available right now: try again.',
  INTERNAL_SERVER_ERROR: 'Something went wrong.',
} as const;

/** A refusal: clients get the code, its sentence and the public part; `reason` and `cause` go to the log only. */
export class AppError extends Error {
  /** For development only: where a rule refused, which ones did not hold. */
  readonly rule: RefusedRule | undefined;

  constructor(
    readonly code: ErrorCode,
    readonly reason: string,
    readonly extras: PublicExtras = {},
    { rule, ...options }: ErrorOptions & { rule?: RefusedRule } = {},
  ) {
    super(ERROR_CODES[code], options);
    this.rule = rule;
  }
}

/** BAD_USER_INPUT for one place of the input, such as `input.title`. */
export const badInput = (path: string, reason: string) =>
  new AppError('BAD_USER_INPUT', `${path}: ${reason}`, { fields: { [path]: reason } });

export type ErrorCode = keyof typeof ERROR_CODES;

/** What `extensions` holds besides the code. */
export interface PublicExtras {
  /** BAD_USER_INPUT: a reason for each input path. */
  fields?: Record<string, string>;
  /** WEAK_PASSWORD: why. */
  reason?: string;
  /** RATE_LIMITED: whole seconds. */
  retryAfter?: number;
}

interface RefusedRule {
  /** The type or field that carries the rule. */
  on: string;
  anyOf: string[];
}
