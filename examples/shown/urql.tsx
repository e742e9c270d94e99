/** @jsxRuntime classic */
/** @jsx h */
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { createSession } from '../client/session.ts';
import { clientPerUser, liveExchange, sessionOptions } from '../client/urql.ts';
import { h, Loading, Provider, SignIn, showOffline, Tasks, useSyncExternalStore } from './react.js';

const session = createSession({ url: '/graphql', delivery: 'COOKIE' });
const exchanges = [cacheExchange, liveExchange(session), fetchExchange];
const client = clientPerUser(session, () => new Client({ ...sessionOptions(session), exchanges }));
session.accessToken().catch(showOffline);

function App() {
  const user = useSyncExternalStore(session.onChange, () => session.user);
  if (user === undefined) return <Loading />;
  return user ? <Provider value={client()}><Tasks key={user.id} /></Provider> : <SignIn />;
}

export { App };
