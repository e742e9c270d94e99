import { createSecretKey, KeyObject } from 'node:crypto';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { expect, test } from 'vitest';
import type { Viewer } from '../../src/access/rules.ts';
import { identify } from '../../src/sessions/identify.ts';
import type { AccessClaims } from '../../src/tokens/access-token.ts';
import { SECRET, startApp } from '../kit/app.ts';

test('what a token claims is no viewer: whoever forgets to judge it does not compile', () => {
  const claims = {} as AccessClaims;
  // @ts-expect-error Only an identity makes viewers.
  const viewer: Viewer = claims;
  expect(viewer).toBe(claims);
});

test('an expired, revoked or outdated token has claims and no viewer', async () => {
  const claims: AccessClaims = {
    userId: 'ann',
    role: 'ADMIN',
    emailVerified: false,
    rightsVersion: 0,
    sessionId: 'one',
    authenticatedAt: null,
    expiresAt: new Date(1000),
  };
  let objection: 'TOKEN_EXPIRED' | 'SESSION_ENDED' | null = null;
  const deps = {
    tokens: { verifyAccess: async () => claims },
    revocations: { objection: () => objection },
    now: () => new Date(0),
  } as never;
  const identity = await identify(['Bearer token'], deps, {} as never);
  expect(identity.current()).toEqual({
    id: 'ann',
    role: 'ADMIN',
    emailVerified: false,
    sessionId: 'one',
    isRecent: false,
  });
  for (const code of ['TOKEN_EXPIRED', 'SESSION_ENDED'] as const) {
    objection = code;
    expect(identity.current()).toBe(code);
    expect(identity.viewerOrNull()).toBeNull();
    expect(() => identity.viewer()).toThrow(expect.objectContaining({ code }));
  }
});

test('nothing that a resolver gets leads to a key or a secret', async () => {
  let context: object = {};
  const resolve = (_root: unknown, _args: unknown, given: object) => {
    context = given;
    return 'here';
  };
  const query = new GraphQLObjectType({ name: 'Query', fields: { grab: { type: GraphQLString, resolve } } });
  const { ask } = await startApp({ schema: new GraphQLSchema({ query }) });
  expect((await ask('{ grab }')).data).toEqual({ grab: 'here' });
  expect(Object.keys(context)).toEqual(expect.arrayContaining(['db', 'revocations', 'auth', 'identity']));
  expect(keysIn(context)).toEqual([]);
  const key = createSecretKey(Buffer.from(SECRET));
  const imported = await crypto.subtle.importKey('raw', Buffer.from(SECRET), 'PBKDF2', false, ['deriveKey']);
  const found = keysIn({ auth: { keys: [key, imported], secret: SECRET } });
  expect(found).toEqual(['auth.keys.0', 'auth.keys.1', 'auth.secret']);
});

/** Where there is a key or the secret in what can be reached. The client of the database is its own world, and has neither. */
function keysIn(value: unknown, path = '', seen = new Set<unknown>()): string[] {
  if (value === SECRET || value instanceof KeyObject || value instanceof CryptoKey) return [path];
  if (typeof value !== 'object' || value === null || seen.has(value) || path.endsWith('db')) return [];
  seen.add(value);
  return Object.entries(value).flatMap(([name, part]) => keysIn(part, path ? `${path}.${name}` : name, seen));
}
