import { Provider } from 'urql';
import { start } from '../app/app.tsx';
import { session } from '../app/session.ts';
import { Account } from './account.tsx';
import { createClients } from './client.ts';
import { Sessions } from './sessions.tsx';
import { Tasks } from './tasks.tsx';
import { Users } from './users.tsx';

const client = createClients(session);
const SCREENS = { tasks: <Tasks />, sessions: <Sessions />, account: <Account />, users: <Users /> };
start((place) => <Provider value={client()}>{SCREENS[place]}</Provider>);
