import type { Role } from '../db/generated/enums.ts';
import type { ErrorCode } from '../errors.ts';

/**
 * The vocabulary of access: who satisfies which rule, said once. A new rule is one more entry here: its enum value, its directive,
 * its documentation, the judging of objects and the condition of lists follow from it. A person who shows what it does in the
 * matrix is added in matrix/matrix.ts.
 */
export const rules = {
  PUBLIC: {
    requires: 'nothing',
    description: 'Anyone, signed in or not.',
    who: () => true,
  },
  AUTHENTICATED: {
    requires: 'a signed-in user',
    description: 'Any signed-in user.',
    who: (viewer) => viewer !== null,
  },
  VERIFIED: {
    requires: 'a confirmed email',
    description: 'Any signed-in user whose email is confirmed.',
    who: (viewer) => viewer?.emailVerified === true,
  },
  OWNER: {
    requires: 'owner',
    description: 'The user to whom the object belongs.',
    of: 'owner',
  },
  ADMIN: {
    requires: 'admin',
    description: 'A user whose role is ADMIN.',
    who: (viewer) => viewer?.role === 'ADMIN',
  },
  RECENT: {
    requires: 'a sign-in of the last 10 minutes',
    description: 'Any user who has proven who they are within the last 10 minutes.',
    who: (viewer) => viewer?.isRecent === true,
    refuses: 'REAUTHENTICATION_REQUIRED',
  },
} satisfies Vocabulary;

/** Whether the rule lets the viewer in; what may cost a query is asked for somebody who is signed in only. */
export function holds(rule: Rule, viewer: Viewer | null, lookUps: LookUps): boolean | Promise<boolean> {
  if ('who' in rule) return rule.who(viewer);
  if ('judge' in rule) return rule.judge(viewer, lookUps);
  if (!viewer) return false;
  if (rule.of === 'relation') return lookUps.isRelated(viewer);
  const ownerId = lookUps.ownerId();
  return ownerId instanceof Promise ? ownerId.then((id) => id === viewer.id) : ownerId === viewer.id;
}

/** What can be said of the rules before there is an object: that one lets the viewer in, that none can, or that it depends. */
export function foreseen(rule: string[], viewer: Viewer | null, rules: Vocabulary): Foreseen {
  const entries = rule.flatMap((name) => rules[name] ?? []);
  if (entries.some((entry) => 'who' in entry && entry.who(viewer))) return 'ALLOWED';
  // Nothing belongs to nobody, nor is it related to them; what else a rule may judge is its own.
  const isOpen = (entry: Rule) => 'judge' in entry || (!('who' in entry) && viewer !== null);
  return entries.some(isOpen) ? 'DEPENDS' : 'REFUSED';
}

/** The first of the rules that must all hold and does not; each is about the viewer alone. */
export const lacking = (allOf: string[], viewer: Viewer | null, rules: Vocabulary) =>
  allOf.find((name) => foreseen([name], viewer, rules) !== 'ALLOWED');

/** What a rule must be told about the object: whose it is, or who else has to do with it. */
export const asksFor = (rule: Rule | undefined) => (rule && 'who' in rule ? null : (rule?.of ?? null));

/** Who asks: a user whose access token was verified and, at this moment, may still be taken (`sessions/identify.ts`). */
export interface Viewer {
  id: string;
  role: Role;
  /** Whether the email is confirmed. */
  emailVerified: boolean;
  sessionId: string;
  /** Whether they have proven who they are within the last 10 minutes. */
  isRecent: boolean;
}

/** The id of the user to whom an object belongs; null when the object is missing, for that belongs to nobody. */
export type OwnerId = string | null;

/** What is known of an object, looked up when it is asked for. */
export interface LookUps {
  ownerId(): OwnerId | Promise<OwnerId>;
  isRelated(viewer: Viewer): boolean | Promise<boolean>;
}

export type Foreseen = 'ALLOWED' | 'REFUSED' | 'DEPENDS';

export type Rule = {
  requires: string;
  description: string;
  /** The code for a viewer whom it does not let in, where they can do something about it; otherwise FORBIDDEN. */
  refuses?: ErrorCode;
} & (AboutViewer | AboutObject | Judged);

interface AboutViewer {
  /** Whether it lets the viewer in, whatever the object. */
  who(viewer: Viewer | null): boolean;
  of?: never;
}

interface AboutObject {
  /** It lets the owner in, or whoever a relation of the object names: each type says which column and which relation that is. */
  of: 'owner' | 'relation';
}

/** Anything else. SQL cannot say it, so it may not stand on a type that is listed. */
interface Judged {
  judge(viewer: Viewer | null, lookUps: LookUps): boolean | Promise<boolean>;
  /** What it looks up, so that a type or field must say how. */
  of?: 'owner' | 'relation';
}

export type Vocabulary = Record<string, Rule>;
