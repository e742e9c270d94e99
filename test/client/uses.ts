import type { TypedDocumentNode, VariablesOf } from '@graphql-typed-document-node/core';
import type { ErrorCode } from './generated/types.ts';
import { Login, Rename, Users } from './operations.ts';

// Nothing here runs: it compiles if, and only if, the types that are generated from schema.graphql are what a client needs.

declare function ask<Result, Variables>(
  operation: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result>;

export async function signIn(email: string, password: string): Promise<string | null> {
  const { login } = await ask(Login, { input: { email, password } });
  const seconds: number = login.expiresIn;
  // @ts-expect-error A cookie may have taken its place.
  const refreshToken: string = login.refreshToken;
  return seconds > 0 ? refreshToken : login.refreshToken;
}

export async function emails(): Promise<string[]> {
  const { users } = await ask(Users, { first: 5 });
  return users.nodes.map(({ email, role }) => `${email} (${role})`);
}

export async function rename(): Promise<string> {
  await ask(Rename, { input: { name: null } });
  // @ts-expect-error A role cannot be set.
  await ask(Rename, { input: { role: 'ADMIN' } });
  return (await ask(Rename, { input: { name: 'Ann' } })).updateMe.createdAt;
}

export type UsersVariables = VariablesOf<typeof Users>;

export function isWorthRefreshing(code: ErrorCode): boolean {
  switch (code) {
    case 'TOKEN_EXPIRED':
      return true;
    case 'SESSION_ENDED':
    case 'UNAUTHENTICATED':
      return false;
    // @ts-expect-error There is no such code.
    case 'TEAPOT':
      return false;
    default:
      return false;
  }
}
