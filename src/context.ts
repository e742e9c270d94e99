import type { Plugin } from 'graphql-yoga';
import type { Viewer } from './access/rules.ts';
import type { AuthDeps } from './auth/sign-in.ts';
import type { ErrorCode } from './errors.ts';
import type { Changes } from './live/changes.ts';
import type { Identity } from './sessions/identify.ts';
import type { RevokingDeps, SignInOrigin } from './sessions/sessions.ts';
import type { RequestRecord } from './telemetry/record.ts';

/** The viewer; refuses with the code that says why there is none. */
export const viewerOf = ({ identity }: Context): Viewer => identity.viewer();

/** What every resolver gets: the database, who asks, and the part of each domain that acts. No key is within reach. */
export interface Context extends RequestFacts, RevokingDeps {
  /** For signing in and for proving who one is, in transactions of their own. */
  auth: AuthDeps;
  changes: Changes;
}

/** What is known of a request before anybody looks into it. */
export interface RequestFacts {
  record: RequestRecord;
  identity: Identity;
  origin: SignInOrigin;
  token: SentToken;
  cookie: RefreshCookie;
  /** Closes the connection as soon as all that was said is on its way, and is never done: for a stream that has no end in order. */
  cut(): Promise<never>;
  /** Waits until the other operations of the user leave room for one of this cost; refuses with SERVICE_UNAVAILABLE. */
  makeRoom(cost: number): Promise<void>;
}

/** The access token of a request. */
export interface SentToken {
  /** Each Authorization header: `headers` of node:http would drop all but the first. */
  headers: string[];
  /** Why somebody who sent one was answered as if they had not; undefined where nobody asked, or it was taken. */
  viewerRefused?: ErrorCode;
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

export type AppPlugin = Plugin<Omit<Context, keyof RequestFacts>, RequestFacts>;
