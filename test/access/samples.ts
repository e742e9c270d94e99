import { samples as admin } from '../admin/samples.ts';
import { samples as auth } from '../auth/samples.ts';
import type { TestApp } from '../kit/app.ts';
import { samples as recovery } from '../recovery/samples.ts';
import { samples as sessions } from '../sessions/samples.ts';
import { samples as tasks } from '../tasks/samples.ts';
import { samples as trail } from '../trail/samples.ts';
import { samples as users } from '../users/samples.ts';
import type { Newcomer } from './people.ts';

/** What the proofs of access call and show, domain by domain: one of your own adds its samples here. */
export const DOMAINS: Samples[] = [auth, recovery, sessions, users, admin, trail, tasks];

export const argumentsOf = (place: string) => DOMAINS.find((domain) => domain.arguments?.[place])?.arguments?.[place];

/** Variables that set the input; says what to add where nobody has said how. */
export function settingOf(place: string) {
  const setting = DOMAINS.find(({ settings }) => settings?.[place])?.settings?.[place];
  if (setting) return setting;
  throw new Error(
    `Nobody can set ${place}. Add variables to the settings in the samples of its domain (test/access/samples.ts).`,
  );
}

/** An object of this type that belongs to the owner; says what to add where there is none. */
export function sampleOf(type: string) {
  const sample = DOMAINS.find(({ objects }) => objects?.[type])?.objects?.[type];
  if (sample) return sample;
  throw new Error(
    `There is no ${type} to show to anybody. Add one that belongs to the owner to the samples of its domain (test/access/samples.ts).`,
  );
}

/** Makes somebody the person of the matrix for whom a relation holds. */
export async function relate(who: string, owner: Newcomer, asker: Newcomer, app: TestApp) {
  for (const { relations } of DOMAINS) await relations?.[who]?.(owner, asker, app);
}

export interface Samples {
  /** For each root field that needs arguments: such as are about the owner, or about what belongs to them. */
  arguments?: Record<string, (owner: Newcomer, app: TestApp) => object | Promise<object>>;
  /** For each object type: an object that belongs to the owner, as a resolver would return it. */
  objects?: Record<string, (owner: Newcomer, app: TestApp) => unknown>;
  /** For each person of the matrix for whom a relation holds: what makes it so. */
  relations?: Record<string, (owner: Newcomer, asker: Newcomer, app: TestApp) => Promise<unknown>>;
  /** For each input that not everybody may set, or that refers to something: variables that set it, to something of the owner's. */
  settings?: Record<string, (owner: Newcomer, asker: Newcomer | null, app: TestApp) => object | Promise<object>>;
  /** For random documents: what there is of everybody. */
  population?: Population;
  /** For each type of rows: each of them by its id, and whom each rule about it lets in. */
  rows?: Record<string, (app: TestApp) => Promise<Map<string, Record<string, (string | null)[]>>>>;
}

/** Rows of somebody's, each of which carries their mark. */
export interface Population {
  /** Puts so many copies of everything there; whoever counts gets a multiple of that. */
  populate(person: Newcomer, mark: string, copies: number, app: TestApp): Promise<Populated>;
  /** Undoes what mutations of theirs have done. */
  putBack(person: Newcomer, mark: string, app: TestApp): Promise<unknown>;
}

export interface Populated {
  /** What an argument of type ID can name: by kind, such as `task`. */
  ids: Record<string, string[]>;
  cursors?: string[];
  /** How many rows a list of theirs has at most. */
  rows?: number;
}
