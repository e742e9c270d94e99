import type { Log } from '../log.ts';

/** Every security event, with the level at which the log tells of it. There are no others. */
export const EVENTS = {
  SIGNED_UP: 'info',
  SIGNED_IN: 'info',
  /** A wrong password, wherever one is asked for. */
  SIGN_IN_FAILED: 'warn',
  THROTTLED: 'warn',
  REFRESH_REUSED: 'warn',
  SESSION_ENDED: 'info',
  PASSWORD_CHANGED: 'info',
  ACCOUNT_DELETED: 'info',
  ROLE_CHANGED: 'info',
  STATUS_CHANGED: 'info',
  ADMIN_COMMAND: 'info',
} as const;

/** Tells of a security event, once it is so. */
export type Tell = (event: SecurityEvent, facts: EventFacts) => void;

export const logEvent = (log: Log, event: SecurityEvent, facts: EventFacts & Circumstances) =>
  log[EVENTS[event]]({ event, ...facts }, 'security event');

/** Keeps events until somebody says that what they tell of is committed. */
export function keptEvents(tell: Tell): { tell: Tell; committed(): void } {
  const kept: Parameters<Tell>[] = [];
  return {
    tell: (...event) => void kept.push(event),
    committed: () => {
      for (const event of kept) tell(...event);
    },
  };
}

export type SecurityEvent = keyof typeof EVENTS;

/** Never what somebody has typed and nobody has checked: it may be a password. */
export interface EventFacts {
  /** Whom it is about. */
  userId?: string | null | undefined;
  /** Normalised, where no account is known. */
  email?: string | undefined;
  sessionId?: string;
  reason?: string;
  /** Which limit refused. */
  limit?: string | undefined;
  role?: string;
  disabled?: boolean;
  command?: string;
}

/** What is known of the request that brought it about. */
interface Circumstances {
  requestId?: string;
  traceId?: string | undefined;
  address?: string | null;
  /** Whose token was sent. */
  by?: string | undefined;
}
