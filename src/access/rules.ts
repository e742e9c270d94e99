import type { Role } from '../db/generated/enums.ts';

/**
 * The vocabulary of access: who satisfies which rule. A new rule is one more entry here: its enum value, its directive, its
 * documentation and its enforcement follow from it. A person who shows what it does in the matrix is added in matrix.ts.
 */
export const rules = {
  PUBLIC: {
    requires: 'nothing',
    description: 'Anyone, signed in or not.',
    holds: () => true,
  },
  AUTHENTICATED: {
    requires: 'a signed-in user',
    description: 'Any signed-in user.',
    holds: (viewer) => viewer !== null,
  },
  OWNER: {
    requires: 'owner',
    description: 'The user to whom the object belongs.',
    needsOwner: true,
    holds: (viewer, ownerId) => viewer !== null && isOwner(viewer, ownerId()),
  },
  ADMIN: {
    requires: 'admin',
    description: 'A user whose role is ADMIN.',
    holds: (viewer) => viewer?.role === 'ADMIN',
  },
} satisfies Vocabulary;

/** The part of a `where` that keeps queries and writes to what the viewer may reach of models with an ownerId. */
export const reachableBy = (viewer: Viewer) => (viewer.role === 'ADMIN' ? {} : { ownerId: viewer.id });

function isOwner(viewer: Viewer, ownerId: OwnerId | Promise<OwnerId>) {
  return ownerId instanceof Promise ? ownerId.then((id) => id === viewer.id) : ownerId === viewer.id;
}

/** Who asks: a user whose access token was verified and, at this moment, may still be taken (`sessions/identify.ts`). */
export interface Viewer {
  id: string;
  role: Role;
  sessionId: string;
}

/** The id of the user to whom an object belongs; null when the object is missing, for that belongs to nobody. */
export type OwnerId = string | null;

export interface Rule {
  /** Ends the sentence "Requires: …" in the documentation. */
  requires: string;
  description: string;
  /** Whether it asks for the owner, so that a type or field must say who that is. */
  needsOwner?: boolean;
  /** Whether it asks for something else between viewer and object, so that a type or field must say how that is looked up. */
  needsRelation?: boolean;
  /** Whether the rule lets the viewer in. `ownerId` and `isRelated` may cost a query, so call them last. */
  holds(
    viewer: Viewer | null,
    ownerId: () => OwnerId | Promise<OwnerId>,
    isRelated: (viewer: Viewer) => boolean | Promise<boolean>,
  ): boolean | Promise<boolean>;
}

export type Vocabulary = Record<string, Rule>;
