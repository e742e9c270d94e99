import type { createPanel as CreatePanel } from './panel.ts';
import type { withSession as WithSession } from './requests.ts';
import type { createSession as CreateSession } from './session.ts';
import type { keepStream as KeepStream } from './stream.ts';

/** Stands before GraphiQL, whose every request goes through the page's fetch. */
export function openDoor({ createPanel, createSession, keepStream, withSession }: Parts, requires: Requires) {
  const send = globalThis.fetch.bind(globalThis);
  const session = createSession(send);
  const { note } = createPanel(session, requires);
  globalThis.fetch = withSession(send, session, { keepStream, note });
}

export interface Parts {
  createPanel: typeof CreatePanel;
  createSession: typeof CreateSession;
  keepStream: typeof KeepStream;
  withSession: typeof WithSession;
}

/** The words for each rule. */
type Requires = Record<string, string>;
