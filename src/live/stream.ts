import type { Viewer } from '../access/rules.ts';
import { AppError, type ErrorCode } from '../errors.ts';

/**
 * What is offered and wanted, for one reader, in order. It is opened, or refused, by `open` at the first read, which returns what
 * is to be done when it ends, and judges its viewer before each item. The end is at once, and what was not read is dropped: who learns of an end has to ask for everything
 * again anyway.
 */
export function createStream<Item>(
  wants: (item: Item) => boolean,
  identify: Identify,
  open: (stream: Stream<Item>) => () => void,
): Stream<Item> {
  const unread: Item[] = [];
  let outcome: { error: AppError | undefined } | undefined;
  let wake = () => {};
  let close = () => {};

  async function* read() {
    if (!outcome) close = open(stream);
    while (true) {
      stream.judge();
      if (outcome?.error) throw outcome.error;
      if (outcome) return;
      const [item] = unread.splice(0, 1);
      if (item !== undefined) yield item;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  const items = read();

  const stream: Stream<Item> = {
    offer(item) {
      if (outcome || !wants(item)) return;
      if (unread.push(item) > MAX_UNREAD) stream.end(new AppError('SERVICE_UNAVAILABLE', 'the reader is too slow'));
      wake();
    },
    judge() {
      const viewer = identify();
      if (typeof viewer === 'string') stream.end(new AppError(viewer, 'the viewer may not go on'));
    },
    end(error) {
      if (outcome) return;
      outcome = { error };
      unread.length = 0;
      close();
      wake();
    },
    next: () => items.next(),
    return() {
      stream.end();
      return items.return();
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

/** Items that wait for one reader at most. */
const MAX_UNREAD = 1000;

/** The viewer at this moment, or the code that says why there is none. */
type Identify = () => Viewer | ErrorCode;

export interface Stream<Item> extends AsyncIterableIterator<Item, void> {
  offer(item: Item): void;
  /** Ends the stream if its viewer may not go on. */
  judge(): void;
  /** Only the first time counts. */
  end(error?: AppError): void;
}
