import type { ExecutionResult } from 'graphql';
import type { ErrorCode } from '../../errors.ts';

/**
 * Clients take `complete` for an end in order, and open again what is cut. So a stream that should be opened again is cut in place of
 * its end: when its token has expired, when something may have been missed, and when the server is told to stop.
 */
export function cutToReopen(events: Events, { cut, isLeaving }: Cutting): Events {
  let last: ExecutionResult | undefined;
  const cutting: Events = {
    ...events,
    async next() {
      const { value, done } = await events.next();
      if (done && (isLeaving() || isToReopen(last))) return cut();
      last = value;
      return { value, done };
    },
    [Symbol.asyncIterator]: () => cutting,
  };
  return cutting;
}

/** What ends a stream stands in the place of an event, and so has no data. */
const isToReopen = (last: ExecutionResult | undefined) =>
  last?.data === undefined && last?.errors?.some(({ extensions: { code } }) => code && TO_REOPEN.has(code));

const TO_REOPEN = new Set<ErrorCode>(['TOKEN_EXPIRED', 'SERVICE_UNAVAILABLE']);

type Events = AsyncIterableIterator<ExecutionResult>;

interface Cutting {
  /** Closes the connection, and is never done. */
  cut(): Promise<never>;
  isLeaving(): boolean;
}
