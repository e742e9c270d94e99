import { useMutation, useQuery } from '@apollo/client/react';
import { END_OTHER_SESSIONS, END_SESSION, SESSIONS } from '../app/operations.ts';
import { SessionScreen } from '../app/screens/sessions.tsx';

export function Sessions() {
  const { data, error } = useQuery(SESSIONS, { fetchPolicy: 'cache-and-network' });
  const [end] = useMutation(END_SESSION, { refetchQueries: [SESSIONS] });
  const [endOthers] = useMutation(END_OTHER_SESSIONS, { refetchQueries: [SESSIONS] });
  return (
    <SessionScreen
      sessions={data?.sessions}
      error={error}
      end={(id) => end({ variables: { id } })}
      endOthers={() => endOthers()}
    />
  );
}
