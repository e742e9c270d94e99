import { useMutation, useQuery } from '@apollo/client/react';
import { END_USER_SESSIONS, SET_DISABLED, SET_ROLE, USERS } from '../app/operations.ts';
import { Page } from '../app/parts/page.tsx';
import { type UserActions, UserItem, UserScreen } from '../app/screens/users.tsx';

export function Users() {
  const [setRole] = useMutation(SET_ROLE);
  const [setDisabled] = useMutation(SET_DISABLED);
  const [endSessions] = useMutation(END_USER_SESSIONS);
  const actions: UserActions = {
    setRole: (userId, role) => setRole({ variables: { userId, role } }),
    setDisabled: (userId, disabled) => setDisabled({ variables: { userId, disabled } }),
    endSessions: (userId) => endSessions({ variables: { userId } }),
  };
  return <UserScreen>{(search) => <UserPage search={search} actions={actions} />}</UserScreen>;
}

function UserPage({ search, after, actions }: UserPageProps) {
  const { data, previousData, error } = useQuery(USERS, { variables: { search, after } });
  return (
    <Page
      answer={(data ?? previousData)?.users}
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
