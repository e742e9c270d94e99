import { AppError } from '../errors.ts';

/**
 * Lets few work at once, and few wait, fairly: next is whoever has the fewest at work, of those a login before a sign-up, and of
 * those whoever came first. Where too many wait, whoever has the most waiting loses the last of them.
 */
export function createTurns(mostAtOnce: number): Turns {
  const waiting: Waiting[] = [];
  const working: Turn[] = [];
  const atWork = ({ whose }: Turn) => working.filter((turn) => turn.whose === whose).length;

  function begin() {
    if (working.length >= mostAtOnce) return;
    const [next] = waiting.toSorted(
      (a, b) => atWork(a) - atWork(b) || Number(a.isSignup ?? false) - Number(b.isSignup ?? false),
    );
    if (!next) return;
    leave(next);
    working.push(next);
    next.begin();
  }

  function end(turn: Turn) {
    working.splice(working.indexOf(turn), 1);
    begin();
  }

  function leave(turn: Waiting) {
    waiting.splice(waiting.indexOf(turn), 1);
  }

  function refuseOneOf(some: Waiting[]) {
    const counts = new Map<string, number>();
    for (const { whose } of some) counts.set(whose, (counts.get(whose) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const last = some.findLast(({ whose }) => counts.get(whose) === most);
    if (!last) return;
    leave(last);
    last.refuse(new AppError('SERVICE_UNAVAILABLE', 'too many passwords wait to be hashed', { refusedBy: 'hashing' }));
  }

  return {
    waiting: () => waiting.length,
    async take(turn, work) {
      const begun = await new Promise<Turn>((resolve, refuse) => {
        const asked: Waiting = { ...turn, begin: () => resolve(asked), refuse };
        waiting.push(asked);
        begin();
        const signups = waiting.filter(({ isSignup }) => isSignup);
        if (signups.length > MOST_SIGNUPS_WAITING) refuseOneOf(signups);
        else if (waiting.length > MOST_WAITING) refuseOneOf(waiting);
      });
      return work().finally(() => end(begun));
    },
  };
}

/** Of those who may wait, how many may be new: sign-ups leave room for whoever has an account. */
const MOST_SIGNUPS_WAITING = 32;
const MOST_WAITING = 64;

export interface Turns {
  /** Does the work when it is its turn, or refuses with SERVICE_UNAVAILABLE. The work must not take another turn. */
  take<T>(turn: Turn, work: () => Promise<T>): Promise<T>;
  waiting(): number;
}

/** For whom it is. */
export interface Turn {
  /** A user who is signed in, or the site of whoever is not: among these, turns are shared out. */
  whose: string;
  isSignup?: boolean;
}

interface Waiting extends Turn {
  begin(): void;
  refuse(error: AppError): void;
}
