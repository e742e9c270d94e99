import { createSession, type Session } from '../../../examples/client/session.ts';
import * as apollo from '../../../examples/page/apollo.ts';
import * as urql from '../../../examples/page/urql.ts';

// The page that the browser opens: who is signed in, their tasks, and what it has heard of them.

const asked = new URLSearchParams(location.search);
const session = createSession({ url: asked.get('url') ?? '', delivery: 'COOKIE' });
const tab: Tab = { session, users: [], shown: [], changed: [] };
const page = {
  show: (titles: string[]) => {
    tab.shown = titles;
  },
  changed: (title: string | null) => void tab.changed.push(title ?? ''),
};
const clients = asked.get('client') === 'urql' ? urql.createClients(session) : apollo.createClient(session);

let close = () => {};
session.onChange((before) => {
  const { user } = session;
  tab.users.push(user?.email ?? null);
  if (before?.id === user?.id) return;
  close();
  if (user) close = typeof clients === 'function' ? urql.watchTasks(clients(), page) : apollo.watchTasks(clients, page);
});
Object.assign(globalThis, { tab });
session.accessToken().catch(() => {});

export interface Tab {
  session: Session;
  /** Everybody that it has had, in turn. */
  users: (string | null)[];
  shown: string[];
  changed: string[];
}
