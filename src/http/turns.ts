import { AppError } from '../errors.ts';

/**
 * Shares out the turns of the event loop. Few requests of each user are answered at once, and no more than cost together what one
 * may cost; the next of them wait. When those that begin in one turn have taken their time, the others begin in the next, users
 * first. Whoever asks without pause so waits for themselves, and everybody else's requests are read meanwhile. Whoever is not
 * signed in has no share: others may have the same address, and who logs in would wait for those who sign up.
 */
export function createRequestTurns(most: Share): RequestTurns {
  const askers = new Map<string, Asker>();
  const ended: [Asker, Share][] = [];
  const due: Record<'users' | 'others', Waiting[]> = { users: [], others: [] };
  let beganAt = 0;
  let isComing = false;
  let usersAtWork = 0;
  let othersBeganAt: number | undefined;
  let othersRestUntil = 0;
  let isAwaitingOthers = false;

  /** At once, or as soon as there is so much left and it is their turn; refuses where that takes too long. */
  function take(asker: Asker, share: Share, until: number): Promise<void> | undefined {
    if (!isComing) beganAt = performance.now();
    awaitTurn();
    if (asker.isUser && !hasLeft(asker, share)) return wait(asker, share, until, asker.waiting);
    add(asker, share);
    const isAtWork = share.requests === 0;
    if (!isAtWork && !isFree(asker)) return wait(asker, share, until, dueTo(asker));
    noteBegin(asker);
  }

  function wait(asker: Asker, share: Share, until: number, line: Waiting[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = () => {
        waiting.isGone = true;
        reject(new AppError('SERVICE_UNAVAILABLE', 'too many requests of one wait', { refusedBy: 'requests' }));
      };
      const timer = setTimeout(late, until - performance.now());
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const waiting: Waiting = { asker, share, isGone: false, begin };
      line.push(waiting);
    });
  }

  const dueTo = ({ isUser }: Asker) => due[isUser ? 'users' : 'others'];
  const hasTime = () => performance.now() - beganAt < SLICE;
  const isFree = (asker: Asker) =>
    hasTime() && due.users.length + due.others.length === 0 && (asker.isUser || !othersRest());
  const hasLeft = (asker: Asker, share: Share) =>
    asker.requests + share.requests <= most.requests && asker.cost + share.cost <= most.cost;

  function awaitTurn() {
    if (!isComing) setImmediate(turn);
    isComing = true;
  }

  function turn() {
    isComing = false;
    for (const [asker, share] of ended.splice(0)) handOn(asker, share);
    restAfterWork();
    const left = Math.min(MOST_A_TURN, due.users.length + (othersRest() ? 0 : due.others.length));
    if (left === 0) return awaitOthers();
    // Each runs by itself, so that what it takes is known before the next.
    for (let n = 0; n < left; n++) setImmediate(n === 0 ? beginFirst : beginOne);
  }

  // What else runs in the turn is not theirs: however busy the loop is, one begins.
  function beginFirst() {
    beganAt = performance.now();
    beginOne();
  }

  function beginOne() {
    const next = hasTime() ? (due.users.shift() ?? (othersRest() ? undefined : due.others.shift())) : undefined;
    if (next?.isGone) giveBack(next.asker, next.share);
    else if (next) {
      noteBegin(next.asker);
      next.begin();
    }
    if (due.users.length + due.others.length > 0) awaitTurn();
  }

  const othersRest = () => usersAtWork > 0 && performance.now() < othersRestUntil;

  function noteBegin({ isUser }: Asker) {
    if (!isUser) othersBeganAt ??= performance.now();
  }

  function restAfterWork() {
    if (othersBeganAt === undefined) return;
    const now = performance.now();
    othersRestUntil = now + Math.min(now - othersBeganAt, LONGEST_REST);
    othersBeganAt = undefined;
  }

  function awaitOthers() {
    if (isAwaitingOthers || due.others.length === 0) return;
    isAwaitingOthers = true;
    const end = () => {
      isAwaitingOthers = false;
      awaitTurn();
    };
    setTimeout(end, othersRestUntil - performance.now());
  }

  function giveBack(asker: Asker, share: Share) {
    ended.push([asker, share]);
    awaitTurn();
  }

  function add(asker: Asker, share: Share) {
    asker.requests += share.requests;
    asker.cost += share.cost;
    if (asker.isUser) usersAtWork += share.requests;
  }

  function handOn(asker: Asker, { requests, cost }: Share) {
    add(asker, { requests: -requests, cost: -cost });
    asker.waiting = asker.waiting.filter((next) => {
      if (next.isGone || !hasLeft(asker, next.share)) return !next.isGone;
      add(asker, next.share);
      dueTo(asker).push(next);
      return false;
    });
    // What was kept for somebody who has gone is given back later, and must not count for a new one.
    if (asker.requests === 0 && asker.cost === 0) askers.delete(asker.whose);
  }

  return async ({ whose, isUser }, work) => {
    const asker = askers.get(whose) ?? { whose, isUser, requests: 0, cost: 0, waiting: [] };
    askers.set(whose, asker);
    const until = performance.now() + PATIENCE;
    await take(asker, { requests: 1, cost: 0 }, until);
    let spent = 0;
    const makeRoom = async (cost: number) => {
      await take(asker, { requests: 0, cost }, until);
      spent += cost;
    };
    try {
      return await work(makeRoom);
    } finally {
      giveBack(asker, { requests: 1, cost: spent });
    }
  };
}

/** Milliseconds: what begins in one turn of the loop may take so long together, and a request waits so long, in all, for those before it. */
const SLICE = 2;
const PATIENCE = 3000;
/** Milliseconds: what begins may work for long, and the end of it is not seen at once. */
const LONGEST_REST = 5;
const MOST_A_TURN = 32;

/** Does the work when it is its turn; refuses with SERVICE_UNAVAILABLE where that takes too long. */
export type RequestTurns = <T>(
  asker: { whose: string; isUser: boolean },
  work: (makeRoom: MakeRoom) => Promise<T>,
) => Promise<T>;

/** Waits until what the asker's requests cost leaves room for so much; refuses with SERVICE_UNAVAILABLE where that takes too long. */
export type MakeRoom = (cost: number) => Promise<void>;

/** Of what a user may have at once. */
interface Share {
  requests: number;
  /** As the limit of an operation counts it. */
  cost: number;
}

interface Asker extends Share {
  whose: string;
  isUser: boolean;
  waiting: Waiting[];
}

interface Waiting {
  asker: Asker;
  share: Share;
  isGone: boolean;
  begin(): void;
}
