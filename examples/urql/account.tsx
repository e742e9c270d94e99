import { useQuery } from 'urql';
import { ACCOUNT, SECURITY_EVENTS, UPDATE_MAIL_SETTINGS } from '../app/operations.ts';
import { Page } from '../app/parts/page.tsx';
import { AccountScreen, EventItem } from '../app/screens/account.tsx';
import { useSend } from './send.ts';

export function Account() {
  const [{ data, error }] = useQuery({ query: ACCOUNT, requestPolicy: 'cache-and-network' });
  const update = useSend(UPDATE_MAIL_SETTINGS);
  return (
    <AccountScreen me={data?.me} error={error} updateMailSettings={(input) => update({ input })}>
      <Events />
    </AccountScreen>
  );
}

function Events({ after }: { after?: string }) {
  const [{ data, error }] = useQuery({
    query: SECURITY_EVENTS,
    variables: { after },
    requestPolicy: 'cache-and-network',
  });
  return (
    <Page
      answer={data?.mySecurityEvents}
      error={error}
      isFirst={!after}
      empty="Nothing yet."
      next={(cursor) => <Events after={cursor} />}
    >
      {(event) => <EventItem key={event.id} event={event} />}
    </Page>
  );
}
