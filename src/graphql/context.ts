import type { Plugin } from 'graphql-yoga';
import type { Viewer } from '../access/rules.ts';
import type { AuthDeps, Client } from '../auth/deps.ts';
import type { Identity } from '../auth/identify.ts';
import { AppError } from '../errors.ts';
import type { TaskChanges } from '../live/task-changes.ts';

/** The signed-in user; refuses with the code that says why there is none. */
export function viewerOf(context: Context): Viewer {
  const current = context.identity.current();
  if (typeof current === 'string') throw new AppError(current, 'the resolver needs a viewer');
  return current;
}

/** The signed-in user, or null. */
export function viewerIn(context: Context): Viewer | null {
  const current = context.identity.current();
  return typeof current === 'string' ? null : current;
}

/** What is known of a request before anybody looks into it. */
export interface RequestInfo {
  requestId: string;
  client: Client;
  /** Each Authorization header: `headers` of node:http would drop all but the first. */
  authorization: string[];
  cookie: RefreshCookie;
}

/** The cookie that a browser keeps the refresh token in. */
export interface RefreshCookie {
  /** What the browser sent. */
  sent: string | null;
  /** Whether the request is proven to come from a page of ours; nothing may be done with cookies unless it is. */
  isOurs: boolean;
  /** What the answer sets: a token, or null to clear it; undefined leaves it as it is. */
  toSet?: { token: string; expiresAt: Date } | null;
}

/** What every resolver gets: the parts of the app, the request, and who sends it. */
export interface Context extends AuthDeps, RequestInfo {
  taskChanges: TaskChanges;
  identity: Identity;
}

export type AppPlugin = Plugin<Omit<Context, keyof RequestInfo>, RequestInfo>;
