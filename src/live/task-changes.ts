import { z } from 'zod';
import type { Listen } from '../db/listen.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createStream, type Identify, type Stream } from './stream.ts';

/** Hears of every committed change of a task, by whatever process, and hands it to the streams of the task's owner. */
export async function listenToTasks(listen: Listen, log: Log): Promise<TaskChanges> {
  const streams = new Set<Stream<TaskChange>>();
  let closed = false;
  const endStreams = (error?: AppError) => {
    for (const stream of streams) stream.end(error);
  };

  const listening = await listen('task_changes', {
    hear(payload) {
      const change = changeIn(payload);
      if (!change) return log.warn('something other than a change of a task was notified');
      for (const stream of streams) if (stream.viewerId === change.ownerId) stream.push(change);
    },
    lost() {
      log.warn('changes of tasks are not heard until the database is reached again');
      endStreams(notHeard());
    },
  });

  return {
    of(identify) {
      if (closed || !listening.hears()) throw notHeard();
      const viewer = identify();
      if (typeof viewer === 'string') throw new AppError(viewer, 'the stream needs a viewer');
      return createStream(viewer.id, identify, streams);
    },
    judge() {
      for (const stream of streams) stream.judge();
    },
    close() {
      closed = true;
      endStreams();
    },
    stopListening: listening.stop,
  };
}

const notHeard = () => new AppError('SERVICE_UNAVAILABLE', 'changes of tasks are not heard at the moment');

/** Whoever may reach the database may notify anything. */
function changeIn(payload: string): TaskChange | undefined {
  try {
    return TaskChange.parse(JSON.parse(payload));
  } catch {
    return undefined;
  }
}

/** What the trigger in the database says. */
const TaskChange = z.object({
  kind: z.enum(['CREATED', 'UPDATED', 'DELETED']),
  taskId: z.guid(),
  ownerId: z.guid(),
});
export type TaskChange = z.infer<typeof TaskChange>;

export interface TaskChanges {
  /**
   * The changes of the viewer's own tasks from the first read on; ends with the code that says why the viewer may not go on, or with
   * SERVICE_UNAVAILABLE where a change may have been missed. Refuses likewise.
   */
  of(identify: Identify): AsyncIterable<TaskChange>;
  /** Ends the streams of whoever may not go on; to be called whenever that may have changed. */
  judge(): void;
  /** Completes all streams and lets nobody open another. */
  close(): void;
  stopListening(): Promise<void>;
}
