import { type ApolloClient, ApolloLink, HttpLink, Observable } from '@apollo/client';
import { print } from 'graphql';
import { openLive } from './live.ts';
import type { Session } from './session.ts';

/**
 * The end of a chain of links: queries and mutations by the session's `fetch`, subscriptions by live streams. What is on show is
 * fetched again on each connect and after each event.
 */
export function sessionLink(session: Session): ApolloLink {
  const http = new HttpLink({ uri: session.url, fetch: session.fetch });
  return ApolloLink.split(({ operationType }) => operationType === 'subscription', liveLink(session), http);
}

const liveLink = (session: Session) =>
  new ApolloLink(
    ({ query, variables, client }) =>
      new Observable((observer) => {
        const again = () => void fetchAgain(client).catch(() => {});
        return openLive(
          session,
          { query: print(query), variables },
          {
            connected: again,
            next: (result) => {
              observer.next(result as ApolloLink.Result);
              again();
            },
            error: (refusal) => observer.error(refusal),
            complete: () => observer.complete(),
          },
        );
      }),
  );

/** What is on show. Apollo takes the answer that is under way, which may be of before, for that to the same query: so once more. */
async function fetchAgain(client: ApolloClient) {
  const isUnderWay = [...client.getObservableQueries()].some((query) => query.getCurrentResult().loading);
  await client.refetchQueries({ include: 'active' });
  if (isUnderWay) await client.refetchQueries({ include: 'active' });
}

/** Nobody sees what the user before has fetched. Returns what ends that. */
export function clearForOthers(session: Session, client: ApolloClient): () => void {
  return session.onChange((before) => {
    // On a page that has just been loaded, whoever is signed in is nobody else.
    if (before === undefined || before?.id === session.user?.id) return;
    void (session.user ? client.resetStore() : client.clearStore()).catch(() => {});
  });
}
