import { graphql } from '../../client/generated/gql.ts';

export const Tasks = graphql(`
  query Tasks($first: Int, $after: String, $filter: TaskFilter, $orderBy: TaskOrder) {
    tasks(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount
      nodes { id title status dueAt owner { email } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const CreateTask = graphql(`
  mutation CreateTask($input: CreateTaskInput!) {
    createTask(input: $input) { id title description status createdAt }
  }
`);

export const UpdateTask = graphql(`
  mutation UpdateTask($id: ID!, $input: UpdateTaskInput!) {
    updateTask(id: $id, input: $input) { id title updatedAt }
  }
`);

export const TaskChanged = graphql(`
  subscription TaskChanged {
    taskChanged { kind taskId task { title } }
  }
`);
