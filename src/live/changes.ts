import { z } from 'zod';
import type { Viewer } from '../access/rules.ts';
import type { Listen } from '../db/listen.ts';
import { AppError, type ErrorCode, overLimit } from '../errors.ts';
import type { Log } from '../log.ts';
import { createStream, type Stream } from './stream.ts';

/**
 * Hears of every committed change in the tables that have the trigger `notify_change()`, by whatever process, and hands it to the
 * streams of the row's owner. It knows no table: a model becomes live by the trigger and a field that subscribes to `of`.
 */
export async function listenToChanges(listen: Listen, log: Log): Promise<Changes> {
  const streams = new Map<Stream<Change>, Viewer>();
  let closed = false;
  const endStreams = (error?: AppError) => {
    for (const stream of streams.keys()) stream.end(error);
  };

  const listening = await listen('changes', {
    hear(payload) {
      const change = changeIn(payload);
      if (!change) return log.warn('something other than a change was notified');
      for (const stream of streams.keys()) stream.offer(change);
    },
    lost() {
      log.warn('changes are not heard until the database is reached again');
      endStreams(notHeard());
    },
  });

  return {
    of(table, identity) {
      if (closed || !listening.hears()) throw notHeard();
      const viewer = identity.viewer();
      refuseCrowd(streams, viewer);
      const isTheirs = (change: Change) => change.table === table && change.ownerId === viewer.id;
      const add = (stream: Stream<Change>) => {
        // Once more: others that were asked for together with it may be open by now.
        refuseCrowd(streams, viewer);
        streams.set(stream, viewer);
        return () => streams.delete(stream);
      };
      return createStream(isTheirs, identity.current, add);
    },
    open: () => streams.size,
    judge() {
      for (const stream of streams.keys()) stream.judge();
    },
    close() {
      closed = true;
      endStreams();
    },
    stopListening: listening.stop,
  };
}

const notHeard = () => new AppError('SERVICE_UNAVAILABLE', 'changes are not heard at the moment');

/** Refuses one more stream of a session, or of a user, that has as many as it may in this process. */
function refuseCrowd(streams: Map<unknown, Viewer>, { id, sessionId }: Viewer) {
  const ofUser = [...streams.values()].filter((viewer) => viewer.id === id);
  const ofSession = ofUser.filter((viewer) => viewer.sessionId === sessionId);
  if (ofSession.length >= MOST_OF_SESSION) throw overLimit('streamsOfSession', ofSession.length + 1, MOST_OF_SESSION);
  if (ofUser.length >= MOST_OF_USER) throw overLimit('streamsOfUser', ofUser.length + 1, MOST_OF_USER);
}

/** Open streams. */
const MOST_OF_SESSION = 20;
const MOST_OF_USER = 100;

/** Whoever may reach the database may notify anything. */
function changeIn(payload: string): Change | undefined {
  try {
    return Change.parse(JSON.parse(payload));
  } catch {
    return undefined;
  }
}

export const CHANGE_KINDS = ['CREATED', 'UPDATED', 'DELETED'] as const;

/** What the trigger in the database says. A row that gets another owner is deleted to one and created to the other. */
const Change = z.object({
  table: z.string(),
  kind: z.enum(CHANGE_KINDS),
  id: z.guid(),
  ownerId: z.guid(),
});
export type Change = z.infer<typeof Change>;

export interface Changes {
  /**
   * The changes of the viewer's own rows of the table from the first read on; ends with the code that says why the viewer may not
   * go on, or with SERVICE_UNAVAILABLE where a change may have been missed. Refuses likewise, and with OPERATION_REFUSED whoever has
   * too many open.
   */
  of(table: string, identity: Asker): AsyncIterable<Change>;
  /** How many streams are open. */
  open(): number;
  /** Ends the streams of whoever may not go on; to be called whenever that may have changed. */
  judge(): void;
  /** Completes all streams and lets nobody open another. */
  close(): void;
  stopListening(): Promise<void>;
}

/** Who asks for a stream: the part of an `Identity` that one is judged by. */
interface Asker {
  viewer(): Viewer;
  current(): Viewer | ErrorCode;
}
