import { graphql } from './generated/gql.ts';

export const Login = graphql(`
  mutation Login($input: LoginInput!) {
    login(input: $input) {
      accessToken
      refreshToken
      expiresIn
      user { id email role }
    }
  }
`);

export const Rename = graphql(`
  mutation Rename($input: UpdateMeInput!) {
    updateMe(input: $input) { id name createdAt }
  }
`);

export const Users = graphql(`
  query Users($first: Int, $after: String, $search: String) {
    users(first: $first, after: $after, search: $search) {
      totalCount
      nodes { id email role viewerCan { setRole } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
