/** @jsxRuntime classic */
/** @jsx h */
import { ApolloClient, InMemoryCache } from '@apollo/client';
import { clearForOthers, sessionLink } from '../client/apollo.ts';
import { createSession } from '../client/session.ts';
import { ApolloProvider, h, Loading, SignIn, showOffline, Tasks, useSyncExternalStore } from './react.js';

const session = createSession({ url: '/graphql', delivery: 'COOKIE' });
const client = new ApolloClient({ cache: new InMemoryCache(), link: sessionLink(session) });
clearForOthers(session, client);
session.accessToken().catch(showOffline);

function App() {
  const user = useSyncExternalStore(session.onChange, () => session.user);
  if (user === undefined) return <Loading />;
  return user ? <ApolloProvider client={client}><Tasks key={user.id} /></ApolloProvider> : <SignIn />;
}

export { App };
