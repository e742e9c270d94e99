import { createContext, use, useState } from 'react';
import type { TaskPartsFragment, UpdateTaskInput } from '../generated/graphql.ts';
import { useAct } from '../parts/status.tsx';

export const STATUSES = { TODO: 'To do', IN_PROGRESS: 'In progress', DONE: 'Done' } as const;
export type TaskStatus = keyof typeof STATUSES;

/** What can be done to each task of a list, however deep in its pages. */
export const Actions = createContext<TaskActions>({ update: () => Promise.resolve(), edit: () => {} });

export function TaskItem({ task }: { task: TaskPartsFragment }) {
  const { update, edit } = use(Actions);
  const act = useAct();
  const [wanted, want] = useState<{ isDone: boolean; of: string } | null>(null);
  // Until the server has answered: its word is the last.
  const isDone = wanted?.of === task.updatedAt ? wanted.isDone : task.status === 'DONE';

  async function complete(isDone: boolean) {
    want({ isDone, of: task.updatedAt });
    if (!(await act(update(task.id, { status: isDone ? 'DONE' : 'TODO' })))) want(null);
  }

  const { title, description, status, dueAt, viewerCan } = task;
  return (
    <li className="task">
      <div className="details">
        <label>
          <input
            type="checkbox"
            checked={isDone}
            disabled={!viewerCan.update}
            onChange={({ target }) => complete(target.checked)}
          />
          <span>{title}</span>
        </label>
        <p>
          {status === 'IN_PROGRESS' && <span className="tag">in progress</span>}
          {dueAt && <span>due {new Date(dueAt).toLocaleDateString()}</span>}
          {description && <span>{description}</span>}
        </p>
      </div>
      {viewerCan.update && (
        <button type="button" aria-label={`Edit ${title}`} onClick={() => edit(task)}>
          Edit
        </button>
      )}
    </li>
  );
}

interface TaskActions {
  update(id: string, input: UpdateTaskInput): Promise<unknown>;
  edit(task: TaskPartsFragment): void;
}
