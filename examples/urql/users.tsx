import { useQuery } from 'urql';
import { END_USER_SESSIONS, SET_DISABLED, SET_ROLE, USERS } from '../app/operations.ts';
import { Page } from '../app/parts/page.tsx';
import { type UserActions, UserItem, UserScreen } from '../app/screens/users.tsx';
import { useSend } from './send.ts';

export function Users() {
  const setRole = useSend(SET_ROLE);
  const setDisabled = useSend(SET_DISABLED);
  const endSessions = useSend(END_USER_SESSIONS);
  const actions: UserActions = {
    setRole: (userId, role) => setRole({ userId, role }),
    setDisabled: (userId, disabled) => setDisabled({ userId, disabled }),
    endSessions: (userId) => endSessions({ userId }),
  };
  return <UserScreen>{(search) => <UserPage search={search} actions={actions} />}</UserScreen>;
}

function UserPage({ search, after, actions }: UserPageProps) {
  const [{ data, error }] = useQuery({ query: USERS, variables: { search, after } });
  return (
    <Page
      answer={data?.users}
      error={error}
      isFirst={!after}
      empty="Nobody is called so."
      next={(cursor) => <UserPage search={search} after={cursor} actions={actions} />}
    >
      {(user) => <UserItem key={user.id} user={user} {...actions} />}
    </Page>
  );
}

type UserPageProps = { search: string | null; after?: string; actions: UserActions };
