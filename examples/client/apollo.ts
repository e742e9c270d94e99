import { type ApolloClient, ApolloLink, HttpLink, Observable } from '@apollo/client';
import { print } from 'graphql';
import { openLive } from './live.ts';
import type { Session } from './session.ts';

/** The end of a chain of links: queries and mutations by the session's `fetch`, subscriptions by live streams. */
export function sessionLink(session: Session): ApolloLink {
  const http = new HttpLink({ uri: session.url, fetch: session.fetch });
  return ApolloLink.split(({ operationType }) => operationType === 'subscription', liveLink(session), http);
}

/** Whenever a stream is connected, whatever is on show is fetched again: nobody knows what has changed before. */
const liveLink = (session: Session) =>
  new ApolloLink(
    ({ query, variables, client }) =>
      new Observable((observer) =>
        openLive(
          session,
          { query: print(query), variables },
          {
            connected: () => void client.refetchQueries({ include: 'active' }).catch(() => {}),
            next: (result) => observer.next(result as ApolloLink.Result),
            error: (refusal) => observer.error(refusal),
            complete: () => observer.complete(),
          },
        ),
      ),
  );

/** Nobody sees what the user before has fetched. Returns what ends that. */
export function clearForOthers(session: Session, client: ApolloClient): () => void {
  return session.onChange((before) => {
    // On a page that has just been loaded, whoever is signed in is nobody else.
    if (before === undefined || before?.id === session.user?.id) return;
    void (session.user ? client.resetStore() : client.clearStore()).catch(() => {});
  });
}
