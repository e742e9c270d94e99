import { ApolloProvider } from '@apollo/client/react';
import { start } from '../app/app.tsx';
import { session } from '../app/session.ts';
import { Account } from './account.tsx';
import { createClient } from './client.ts';
import { Sessions } from './sessions.tsx';
import { Tasks } from './tasks.tsx';
import { Users } from './users.tsx';

const client = createClient(session);
const SCREENS = { tasks: <Tasks />, sessions: <Sessions />, account: <Account />, users: <Users /> };
start((place) => <ApolloProvider client={client}>{SCREENS[place]}</ApolloProvider>);
