import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { jwt } from 'better-auth/plugins';

export { toNodeHandler } from 'better-auth/node';

/** A better-auth server whose users are let in by Latchkey. What it keeps is in memory: put your own database in its place. */
export const createAuth = (baseURL: string, secret: string) =>
  betterAuth({
    baseURL,
    secret,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [] }),
    emailAndPassword: { enabled: true },
    plugins: [
      jwt({
        jwt: {
          issuer: baseURL,
          audience: 'latchkey',
          expirationTime: '15m',
          definePayload: ({ user, session }) => ({
            name: user.name,
            email: user.email,
            email_verified: user.emailVerified,
            // So that each of their sign-ins is one in Latchkey, which can be ended by itself.
            sid: session.id,
            auth_time: Math.floor(session.createdAt.getTime() / 1000),
          }),
        },
      }),
    ],
  });
