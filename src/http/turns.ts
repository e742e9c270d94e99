import { AppError } from '../errors.ts';

/**
 * Shares out the turns of the event loop. Few requests of each user are answered at once; the next of them wait. When those that begin
 * in one turn have taken their time, the others begin in the next, users first. Whoever asks without pause so waits for themselves,
 * and everybody else's requests are read meanwhile. Whoever is not signed in has no number: others may share their address, and who
 * logs in would wait for those who sign up.
 */
export function createRequestTurns(mostAtOnce: number): RequestTurns {
  const askers = new Map<string, Asker>();
  const ended: string[] = [];
  const due: Record<'users' | 'others', Waiting[]> = { users: [], others: [] };
  let beganAt = 0;
  let isComing = false;

  function begin(whose: string, isUser: boolean): Promise<void> | undefined {
    const asker = askers.get(whose) ?? { atWork: 0, waiting: [] };
    askers.set(whose, asker);
    if (!isComing) beganAt = performance.now();
    awaitTurn();
    const mustWait = isUser && asker.atWork >= mostAtOnce;
    if (!mustWait) asker.atWork++;
    if (!mustWait && hasTime() && due.users.length + due.others.length === 0) return;
    return new Promise((resolve, reject) => {
      const late = () => {
        waiting.isGone = true;
        reject(new AppError('SERVICE_UNAVAILABLE', 'too many requests of one wait', { refusedBy: 'requests' }));
      };
      const timer = setTimeout(late, PATIENCE);
      const waiting: Waiting = {
        whose,
        isUser,
        isGone: false,
        begin() {
          clearTimeout(timer);
          resolve();
        },
      };
      if (mustWait) asker.waiting.push(waiting);
      else makeDue(waiting);
    });
  }

  const hasTime = () => performance.now() - beganAt < SLICE;

  function makeDue(waiting: Waiting) {
    due[waiting.isUser ? 'users' : 'others'].push(waiting);
    awaitTurn();
  }

  function awaitTurn() {
    if (!isComing) setImmediate(turn);
    isComing = true;
  }

  function turn() {
    isComing = false;
    beganAt = performance.now();
    for (const whose of ended.splice(0)) handOn(whose);
    // Each runs by itself, so that what it takes is known before the next.
    for (let left = Math.min(MOST_A_TURN, due.users.length + due.others.length); left > 0; left--)
      setImmediate(beginOne);
  }

  function beginOne() {
    const next = hasTime() ? (due.users.shift() ?? due.others.shift()) : undefined;
    if (next?.isGone) end(next.whose);
    else next?.begin();
    if (due.users.length + due.others.length > 0) awaitTurn();
  }

  function end(whose: string) {
    ended.push(whose);
    awaitTurn();
  }

  function handOn(whose: string) {
    const asker = askers.get(whose);
    if (!asker) return;
    let next = asker.waiting.shift();
    while (next?.isGone) next = asker.waiting.shift();
    if (next) return makeDue(next);
    asker.atWork--;
    if (asker.atWork === 0) askers.delete(whose);
  }

  return async ({ whose, isUser }, work) => {
    await begin(whose, isUser);
    try {
      return await work();
    } finally {
      end(whose);
    }
  };
}

/** Milliseconds: what begins in one turn of the loop may take so long together, and a request waits so long for those before it. */
const SLICE = 5;
const PATIENCE = 3000;
const MOST_A_TURN = 32;

/** Does the work when it is its turn; refuses with SERVICE_UNAVAILABLE where that takes too long. */
export type RequestTurns = <T>(asker: { whose: string; isUser: boolean }, work: () => Promise<T>) => Promise<T>;

interface Asker {
  atWork: number;
  waiting: Waiting[];
}

interface Waiting {
  whose: string;
  isUser: boolean;
  isGone: boolean;
  begin(): void;
}
