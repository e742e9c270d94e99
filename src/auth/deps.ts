import type { Db } from '../db/client.ts';
import type { Guesses } from './guesses.ts';
import type { TokenKeys } from './keys.ts';
import type { Revocations } from './revocations.ts';

/** What authentication works with: the parts that the app is composed of. */
export interface AuthDeps {
  db: Db;
  keys: TokenKeys;
  revocations: Revocations;
  guesses: Guesses;
  lifetimes: Lifetimes;
  minPasswordLength: number;
  now: () => Date;
}

/** All in milliseconds. */
export interface Lifetimes {
  accessToken: number;
  /** Idle limit: how long a session lives without a refresh. */
  refreshToken: number;
  /** Absolute limit: how long a session lives at most. */
  session: number;
  /** How long after a refresh the refresh token before it still gets the same answer. */
  refreshGrace: number;
}

/** Where a sign-in comes from, for the list of sessions. */
export interface Client {
  address: string | null;
  userAgent: string | null;
}
