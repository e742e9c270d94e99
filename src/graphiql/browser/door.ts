import type { openLinks as OpenLinks } from './links.ts';
import type { createPanel as CreatePanel } from './panel.ts';
import type { withSession as WithSession } from './requests.ts';
import type { createSession as CreateSession } from './session.ts';
import type { keepStream as KeepStream } from './stream.ts';

/** Stands before GraphiQL, whose every request goes through the page's fetch. */
export function openDoor(
  { createPanel, createSession, keepStream, openLinks, withSession }: Parts,
  requires: Requires,
) {
  const send = globalThis.fetch.bind(globalThis);
  const session = createSession(send);
  const { askPassword, note } = createPanel(session, requires);
  openLinks(send);
  globalThis.fetch = withSession(send, session, { askPassword, keepStream, note });
}

export interface Parts {
  createPanel: typeof CreatePanel;
  createSession: typeof CreateSession;
  keepStream: typeof KeepStream;
  openLinks: typeof OpenLinks;
  withSession: typeof WithSession;
}

/** The words for each rule. */
type Requires = Record<string, string>;
