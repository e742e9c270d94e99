import { graphql } from './generated/gql.ts';

// What the server is asked: `npm run codegen` types it, and `graphql` is typed by that.

export const TASKS = graphql(`
  query Tasks($filter: TaskFilter!, $after: String) {
    tasks(first: 20, after: $after, filter: $filter, orderBy: { field: CREATED_AT, direction: DESC }) {
      nodes { ...TaskParts }
      pageInfo { hasNextPage endCursor }
    }
  }
  fragment TaskParts on Task {
    id
    title
    description
    status
    dueAt
    updatedAt
    viewerCan { update delete }
  }
`);

export const CREATE_TASK = graphql(`
  mutation CreateTask($input: CreateTaskInput!) {
    createTask(input: $input) { ...TaskParts }
  }
`);

export const UPDATE_TASK = graphql(`
  mutation UpdateTask($id: ID!, $input: UpdateTaskInput!) {
    updateTask(id: $id, input: $input) { ...TaskParts }
  }
`);

export const DELETE_TASK = graphql(`
  mutation DeleteTask($id: ID!) {
    deleteTask(id: $id)
  }
`);

export const TASK_CHANGED = graphql(`
  subscription TaskChanged {
    taskChanged { kind taskId task { ...TaskParts } }
  }
`);

export const SESSIONS = graphql(`
  query Sessions {
    sessions { id createdAt lastUsedAt userAgent ipAddress current }
  }
`);

export const END_SESSION = graphql(`
  mutation EndSession($id: ID!) {
    revokeSession(id: $id)
  }
`);

export const END_OTHER_SESSIONS = graphql(`
  mutation EndOtherSessions {
    logoutAll(exceptCurrent: true)
  }
`);

export const ACCOUNT = graphql(`
  query Account {
    me { ...AccountParts }
  }
  fragment AccountParts on User {
    id
    email
    emailVerified
    mailSettings { newNetwork roleChanged }
  }
`);

export const UPDATE_MAIL_SETTINGS = graphql(`
  mutation UpdateMailSettings($input: UpdateMailSettingsInput!) {
    updateMailSettings(input: $input) { ...AccountParts }
  }
`);

export const SECURITY_EVENTS = graphql(`
  query SecurityEvents($after: String) {
    mySecurityEvents(first: 20, after: $after) {
      nodes { ...SecurityEventParts }
      pageInfo { hasNextPage endCursor }
    }
  }
  fragment SecurityEventParts on SecurityEvent {
    id
    event
    occurredAt
    address
    userAgent
    outcome
  }
`);

export const USERS = graphql(`
  query Users($search: String, $after: String) {
    users(first: 20, after: $after, search: $search) {
      nodes { ...UserParts }
      pageInfo { hasNextPage endCursor }
    }
  }
  fragment UserParts on User {
    id
    email
    name
    role
    disabled
    viewerCan { setRole setDisabled revokeSessions }
  }
`);

export const SET_ROLE = graphql(`
  mutation SetRole($userId: ID!, $role: Role!) {
    setUserRole(userId: $userId, role: $role) { ...UserParts }
  }
`);

export const SET_DISABLED = graphql(`
  mutation SetDisabled($userId: ID!, $disabled: Boolean!) {
    setUserDisabled(userId: $userId, disabled: $disabled) { ...UserParts }
  }
`);

export const END_USER_SESSIONS = graphql(`
  mutation EndUserSessions($userId: ID!) {
    revokeUserSessions(userId: $userId)
  }
`);
