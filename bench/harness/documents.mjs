/** What is asked, of every server alike. */
export const documents = {
  typename: '{ __typename }',
  me: '{ me { id email } }',
  task: 'query ($id: ID!) { task(id: $id) { id title status } }',
  tasks: '{ tasks(first: 20) { nodes { id title status owner { id email } } } }',
  users: '{ users(first: 20) { nodes { tasks(first: 5) { nodes { id title } } } } }',
  createTask: 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { id title status } }',
  updateTask:
    'mutation ($id: ID!, $input: UpdateTaskInput!) { updateTask(id: $id, input: $input) { id title status } }',
  login: 'mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }',
  refresh: 'mutation ($input: RefreshInput!) { refresh(input: $input) { accessToken refreshToken } }',
  taskChanged: 'subscription { taskChanged { kind task { id title } } }',
};
