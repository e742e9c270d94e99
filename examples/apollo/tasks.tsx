import { useMutation, useQuery, useSubscription } from '@apollo/client/react';
import type { TaskFilter } from '../app/generated/graphql.ts';
import { CREATE_TASK, DELETE_TASK, TASK_CHANGED, TASKS, UPDATE_TASK } from '../app/operations.ts';
import { Page } from '../app/parts/page.tsx';
import { useSay } from '../app/parts/status.tsx';
import { TaskItem } from '../app/screens/task.tsx';
import { newsOf, TaskScreen } from '../app/screens/tasks.tsx';

export function Tasks() {
  const say = useSay();
  const [create] = useMutation(CREATE_TASK, { refetchQueries: [TASKS] });
  // Another status may be none of those that are on show.
  const [update] = useMutation(UPDATE_TASK, { refetchQueries: [TASKS] });
  const [remove] = useMutation(DELETE_TASK, {
    update(cache, { data }) {
      if (data) cache.evict({ id: `Task:${data.deleteTask}` });
      cache.gc();
    },
  });
  useSubscription(TASK_CHANGED, { onData: ({ data: { data } }) => data && say(newsOf(data)), ignoreResults: true });
  return (
    <TaskScreen
      add={(input) => create({ variables: { input } })}
      update={(id, input) => update({ variables: { id, input } })}
      remove={(id) => remove({ variables: { id } })}
    >
      {(filter) => <TaskPage filter={filter} />}
    </TaskScreen>
  );
}

function TaskPage({ filter, after }: { filter: TaskFilter; after?: string }) {
  const { data, previousData, error } = useQuery(TASKS, { variables: { filter, after } });
  return (
    <Page
      answer={(data ?? previousData)?.tasks}
      error={error}
      isFirst={!after}
      empty="No tasks here."
      next={(cursor) => <TaskPage filter={filter} after={cursor} />}
    >
      {(task) => <TaskItem key={task.id} task={task} />}
    </Page>
  );
}
