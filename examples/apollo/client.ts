import { ApolloClient, InMemoryCache } from '@apollo/client';
import { clearForOthers, sessionLink } from '../client/apollo.ts';
import type { Session } from '../client/session.ts';

export function createClient(session: Session): ApolloClient {
  const client = new ApolloClient({ cache: new InMemoryCache(), link: sessionLink(session) });
  clearForOthers(session, client);
  return client;
}
