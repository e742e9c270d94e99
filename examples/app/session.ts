import { useSyncExternalStore } from 'react';
import { createAccount } from '../client/account.ts';
import { createSession } from '../client/session.ts';
import { askPassword } from './parts/ask-password.tsx';

/** Of this page: by the same origin, or by another one that the server was told of (`CORS_ORIGINS`). */
export const session = createSession({
  url: import.meta.env['VITE_API_URL'] ?? '/graphql',
  delivery: 'COOKIE',
  askPassword,
});

export const account = createAccount(session);

/** Who is signed in; null where nobody is, and undefined until that is known. */
export const useUser = () => useSyncExternalStore(session.onChange, () => session.user);
