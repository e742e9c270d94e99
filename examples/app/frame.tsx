import { type ReactNode, useSyncExternalStore } from 'react';
import type { User } from '../client/session.ts';
import { useAct } from './parts/status.tsx';
import { type Place, usePlace } from './place.ts';
import { session } from './session.ts';

/** Around all that somebody who is signed in sees. */
export function Frame({ user, children }: { user: User; children: ReactNode }) {
  const act = useAct();
  const isOnline = useSyncExternalStore(onLine, () => navigator.onLine);
  return (
    <>
      <header>
        <p className="brand">
          <img src="/mark.svg" alt="" /> Latchkey
        </p>
        <nav aria-label="Places">
          <To place="tasks">Tasks</To>
          <To place="sessions">Sessions</To>
          <To place="account">Account</To>
          {user.role === 'ADMIN' && <To place="users">Users</To>}
        </nav>
        <p className="who">
          <span>{user.name ?? user.email}</span> {user.role === 'ADMIN' && <span className="tag">admin</span>}
        </p>
        <button type="button" onClick={() => act(session.signOut(), 'You are signed out.')}>
          Sign out
        </button>
      </header>
      {!isOnline && (
        <p className="banner" role="alert">
          You are offline: what you see may be out of date.
        </p>
      )}
      {children}
    </>
  );
}

function To({ place, children }: { place: Place; children: string }) {
  const isHere = usePlace() === place;
  return (
    <a href={`#${place}`} {...(isHere && { 'aria-current': 'page' })}>
      {children}
    </a>
  );
}

function onLine(changed: () => void) {
  addEventListener('online', changed);
  addEventListener('offline', changed);
  return () => {
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
  };
}
