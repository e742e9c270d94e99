import { type ReactNode, useState } from 'react';
import type {
  CreateTaskInput,
  TaskChangedSubscription,
  TaskFilter,
  TaskPartsFragment,
  UpdateTaskInput,
} from '../generated/graphql.ts';
import { Field, Form } from '../parts/form.tsx';
import { Heading } from '../parts/heading.tsx';
import { Search } from '../parts/search.tsx';
import { EditTask } from './edit-task.tsx';
import { Actions, STATUSES, type TaskStatus } from './task.tsx';

/** Tasks: to add one, to choose which, and to edit one. The list is the client's. */
export function TaskScreen({ add, update, remove, children }: TaskScreenProps) {
  const [filter, setFilter] = useState<TaskFilter>({});
  const [edited, edit] = useState<TaskPartsFragment | null>(null);
  return (
    <main>
      <Heading>Tasks</Heading>
      <Form
        label="New task"
        className="inline"
        button="Add"
        send={(values) => add({ title: String(values.get('title')) })}
      >
        <Field name="title" label="New task" autoComplete="off" />
      </Form>
      <search>
        <Search label="Search titles" onSearch={(titleContains) => setFilter({ ...filter, titleContains })} />
        <StatusChoice onChoose={(status) => setFilter({ ...filter, status })} />
      </search>
      <Actions value={{ update, edit }}>
        <ul className="list" aria-label="Tasks">
          {children(filter)}
        </ul>
      </Actions>
      {edited && <EditTask task={edited} update={update} remove={remove} onClose={() => edit(null)} />}
    </main>
  );
}

function StatusChoice({ onChoose }: { onChoose(status: TaskStatus[] | null): void }) {
  const choices = Object.entries(STATUSES) as [TaskStatus, string][];
  return (
    <fieldset>
      <legend>Status</legend>
      <label>
        <input type="radio" name="status" defaultChecked onChange={() => onChoose(null)} />
        All
      </label>
      {choices.map(([status, name]) => (
        <label key={status}>
          <input type="radio" name="status" onChange={() => onChoose([status])} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

/** What is said of a change, also of one's own: by then the server has it. */
export function newsOf({ taskChanged: { kind, task } }: TaskChangedSubscription): string {
  return task ? `${NEWS[kind]}: ${task.title}` : 'A task was deleted.';
}

const NEWS = { CREATED: 'Added', UPDATED: 'Changed', DELETED: 'Deleted' };

interface TaskScreenProps {
  add(input: CreateTaskInput): Promise<unknown>;
  update(id: string, input: UpdateTaskInput): Promise<unknown>;
  remove(id: string): Promise<unknown>;
  children(filter: TaskFilter): ReactNode;
}
