import { useQuery } from 'urql';
import { END_OTHER_SESSIONS, END_SESSION, SESSIONS } from '../app/operations.ts';
import { SessionScreen } from '../app/screens/sessions.tsx';
import { useSend } from './send.ts';

// What ends sessions answers with none.
const OF_SESSIONS = { additionalTypenames: ['Session'] };

export function Sessions() {
  const [{ data, error }] = useQuery({ query: SESSIONS, requestPolicy: 'cache-and-network' });
  const end = useSend(END_SESSION, OF_SESSIONS);
  const endOthers = useSend(END_OTHER_SESSIONS, OF_SESSIONS);
  return (
    <SessionScreen sessions={data?.sessions} error={error} end={(id) => end({ id })} endOthers={() => endOthers({})} />
  );
}
