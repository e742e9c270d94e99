import { type ReactNode, useState } from 'react';
import type { UserPartsFragment } from '../generated/graphql.ts';
import { Heading } from '../parts/heading.tsx';
import { Search } from '../parts/search.tsx';
import { useAct } from '../parts/status.tsx';

/** All users, for an admin. */
export function UserScreen({ children }: { children(search: string | null): ReactNode }) {
  const [search, setSearch] = useState<string | null>(null);
  return (
    <main>
      <Heading>Users</Heading>
      <search>
        <Search label="Search emails and names" onSearch={setSearch} />
      </search>
      <ul className="list" aria-label="Users">
        {children(search)}
      </ul>
    </main>
  );
}

export function UserItem({ user, setRole, setDisabled, endSessions }: { user: UserPartsFragment } & UserActions) {
  const act = useAct();
  const { id, email, name, role, disabled, viewerCan } = user;
  return (
    <li className="user">
      <div className="details">
        <strong>{name ?? email}</strong> {disabled && <span className="tag">disabled</span>}
        {name && <p>{email}</p>}
      </div>
      <label>
        <input
          type="checkbox"
          checked={role === 'ADMIN'}
          disabled={!viewerCan.setRole}
          onChange={({ target }) =>
            act(setRole(id, target.checked ? 'ADMIN' : 'USER'), `${email}: the role is changed.`)
          }
        />
        <span>Admin</span>
      </label>
      {viewerCan.setDisabled && (
        <button
          type="button"
          onClick={() => act(setDisabled(id, !disabled), `${email}: ${disabled ? 'enabled' : 'disabled'}.`)}
        >
          {disabled ? 'Enable' : 'Disable'} <span className="hidden">{email}</span>
        </button>
      )}
      {viewerCan.revokeSessions && (
        <button type="button" onClick={() => act(endSessions(id), `${email}: all sessions have ended.`)}>
          End sessions <span className="hidden">of {email}</span>
        </button>
      )}
    </li>
  );
}

export interface UserActions {
  setRole(userId: string, role: UserPartsFragment['role']): Promise<unknown>;
  setDisabled(userId: string, disabled: boolean): Promise<unknown>;
  endSessions(userId: string): Promise<unknown>;
}
