/** What can be tried in GraphiQL: each in a tab of its own. */
export const MY_TASKS = `query MyTasks {
  tasks(first: 10) {
    totalCount
    nodes {
      id
      title
      status
      viewerCan {
        update
      }
    }
  }
}
`;

export const CREATE_TASK = `mutation CreateTask {
  createTask(input: { title: "Buy milk" }) {
    id
    title
    status
  }
}
`;

export const LIVE_CHANGES = `# Runs until it is stopped.
# Create a task in another window meanwhile.
subscription LiveChanges {
  taskChanged {
    kind
    taskId
    task {
      title
      status
    }
  }
}
`;
