import { useEffect, useId, useRef } from 'react';
import type { TaskPartsFragment, UpdateTaskInput } from '../generated/graphql.ts';
import { Field, Form } from '../parts/form.tsx';
import { STATUSES, type TaskStatus } from './task.tsx';

/** Above the page, and apart from the list, which may change meanwhile. */
export function EditTask({ task, update, remove, onClose }: EditTaskProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);

  async function send(values: FormData) {
    if (values.has('delete')) await remove(task.id);
    else await update(task.id, inputOf(values));
    dialog.current?.close();
    // The button that led here goes with its task.
    if (values.has('delete')) document.querySelector('h1')?.focus();
  }

  const { title, description, status, dueAt, viewerCan } = task;
  return (
    <dialog ref={dialog} className="card" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>Edit task</h2>
      <Form
        label="Task"
        button="Save"
        send={send}
        others={
          <>
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            {viewerCan.delete && (
              <button type="submit" name="delete" className="danger">
                Delete
              </button>
            )}
          </>
        }
      >
        <Field name="title" label="Title" defaultValue={title} autoComplete="off" required />
        <Field as="textarea" name="description" label="Description" defaultValue={description ?? ''} />
        <Field as="select" name="status" label="Status" defaultValue={status}>
          {Object.entries(STATUSES).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Field>
        <Field name="dueAt" label="Due" type="date" defaultValue={dueAt ? dayOf(dueAt) : ''} />
      </Form>
    </dialog>
  );
}

function inputOf(values: FormData): UpdateTaskInput {
  const text = (name: string) => String(values.get(name) ?? '');
  return {
    title: text('title'),
    description: text('description') || null,
    status: text('status') as TaskStatus,
    dueAt: text('dueAt') ? new Date(`${text('dueAt')}T00:00`) : null,
  };
}

/** Where the reader lives, as a date input wants it. */
const dayOf = (instant: string) => new Date(instant).toLocaleDateString('sv');

interface EditTaskProps {
  task: TaskPartsFragment;
  update(id: string, input: UpdateTaskInput): Promise<unknown>;
  remove(id: string): Promise<unknown>;
  onClose(): void;
}
