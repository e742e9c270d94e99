import { useMutation, useQuery } from '@apollo/client/react';
import { ACCOUNT, SECURITY_EVENTS, UPDATE_MAIL_SETTINGS } from '../app/operations.ts';
import { Page } from '../app/parts/page.tsx';
import { AccountScreen, EventItem } from '../app/screens/account.tsx';

export function Account() {
  const { data, error } = useQuery(ACCOUNT, { fetchPolicy: 'cache-and-network' });
  const [update] = useMutation(UPDATE_MAIL_SETTINGS);
  return (
    <AccountScreen me={data?.me} error={error} updateMailSettings={(input) => update({ variables: { input } })}>
      <Events />
    </AccountScreen>
  );
}

function Events({ after }: { after?: string }) {
  const { data, error } = useQuery(SECURITY_EVENTS, { variables: { after }, fetchPolicy: 'cache-and-network' });
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
