import { useEffect } from 'react';
import { useQuery, useSubscription } from 'urql';
import type { TaskFilter } from '../app/generated/graphql.ts';
import { CREATE_TASK, DELETE_TASK, TASK_CHANGED, TASKS, UPDATE_TASK } from '../app/operations.ts';
import { Page } from '../app/parts/page.tsx';
import { useSay } from '../app/parts/status.tsx';
import { TaskItem } from '../app/screens/task.tsx';
import { newsOf, TaskScreen } from '../app/screens/tasks.tsx';
import { useSend } from './send.ts';

// An empty list has no task by which the cache could tell that a new one concerns it.
const OF_TASKS = { additionalTypenames: ['Task'] };

export function Tasks() {
  const say = useSay();
  const create = useSend(CREATE_TASK);
  const update = useSend(UPDATE_TASK);
  const remove = useSend(DELETE_TASK, OF_TASKS);
  const [{ data: change }] = useSubscription({ query: TASK_CHANGED });
  useEffect(() => {
    if (change) say(newsOf(change));
  }, [change, say]);
  return (
    <TaskScreen
      add={(input) => create({ input })}
      update={(id, input) => update({ id, input })}
      remove={(id) => remove({ id })}
    >
      {(filter) => <TaskPage filter={filter} />}
    </TaskScreen>
  );
}

function TaskPage({ filter, after }: { filter: TaskFilter; after?: string }) {
  const [{ data, error }] = useQuery({ query: TASKS, variables: { filter, after }, context: OF_TASKS });
  return (
    <Page
      answer={data?.tasks}
      error={error}
      isFirst={!after}
      empty="No tasks here."
      next={(cursor) => <TaskPage filter={filter} after={cursor} />}
    >
      {(task) => <TaskItem key={task.id} task={task} />}
    </Page>
  );
}
