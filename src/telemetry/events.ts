import type { Log } from '../log.ts';

/**
 * Every security event, and no others: the level at which the log tells of it; what it says to people, where it is kept in the trail;
 * whether it is the user themselves who did it, whoever else's token came along; and whether it is something that did not work.
 */
export const EVENTS = {
  SIGNED_UP: { level: 'info', says: 'The account was opened.', bySelf: true },
  SIGNED_IN: { level: 'info', says: 'Somebody signed in.', bySelf: true },
  REAUTHENTICATED: { level: 'info', says: 'The password was confirmed once more.', bySelf: true },
  /** A wrong password, wherever one is asked for. */
  SIGN_IN_FAILED: { level: 'warn', says: 'Somebody gave a wrong password.', failed: true },
  THROTTLED: { level: 'warn' },
  REFRESH_REUSED: { level: 'warn', says: 'A refresh token was used a second time: it may be stolen.', failed: true },
  SESSION_ENDED: { level: 'info', says: 'A session ended.' },
  PASSWORD_CHANGED: { level: 'info', says: 'The password was changed.', bySelf: true },
  PASSWORD_RESET_REQUESTED: { level: 'info', says: 'Somebody asked for a new password by mail.' },
  PASSWORD_RESET: { level: 'info', says: 'The password was replaced by the link of a mail.', bySelf: true },
  EMAIL_CONFIRMED: { level: 'info', says: 'The email was confirmed.', bySelf: true },
  EMAIL_CHANGE_REQUESTED: { level: 'info', says: 'Another email was asked for.', bySelf: true },
  EMAIL_CHANGED: { level: 'info', says: 'The email was changed.', bySelf: true },
  EMAIL_CHANGE_UNDONE: { level: 'info', says: 'The account got its former email back.', bySelf: true },
  ACCOUNT_DELETED: { level: 'info', says: 'The account was deleted.' },
  ROLE_CHANGED: { level: 'info', says: 'The role was changed.' },
  STATUS_CHANGED: { level: 'info', says: 'The account was disabled or enabled.' },
  ADMIN_COMMAND: { level: 'info', says: 'Somebody used a command of the server.' },
} as const satisfies Record<string, EventKind>;

/** Tells of a security event, once it is so. */
export type Tell = (event: SecurityEvent, facts: EventFacts) => void;

export const logEvent = (log: Log, event: SecurityEvent, facts: EventFacts & LoggedCircumstances) =>
  log[EVENTS[event].level]({ event, ...facts }, 'security event');

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

/** Those that the trail keeps. */
export type KeptEvent = {
  [Event in SecurityEvent]: (typeof EVENTS)[Event] extends { says: string } ? Event : never;
}[SecurityEvent];

export interface EventKind {
  level: 'info' | 'warn';
  says?: string;
  bySelf?: true;
  failed?: true;
}

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

/** What is known of the request that brings an event about; nothing of one, where it is a command. */
export interface Circumstances {
  requestId: string | null;
  address: string | null;
  userAgent: string | null;
  /** Whose token was sent, or who has signed in meanwhile. */
  by(): string | undefined;
}

interface LoggedCircumstances {
  requestId?: string;
  traceId?: string | undefined;
  address?: string | null;
  by?: string | undefined;
}
