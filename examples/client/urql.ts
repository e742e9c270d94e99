import { type Client, type Exchange, makeOperation, type Operation, subscriptionExchange } from '@urql/core';
import { pipe, subscribe } from 'wonka';
import { openLive } from './live.ts';
import type { Session } from './session.ts';

/** What a client needs to ask by the session: spread it into its options. Headers of `fetchOptions` are kept. */
export const sessionOptions = ({ url, fetch }: Session) => ({ url, fetch, preferGetMethod: false as const });

/** Subscriptions by live streams, to stand behind the cache. Whenever one is connected, what is on show is fetched again. */
export const liveExchange =
  (session: Session): Exchange =>
  (input) => {
    const { client } = input;
    const shown = new Map<number, Operation>();
    pipe(
      client.operations$,
      subscribe((operation) => {
        if (operation.kind === 'query') shown.set(operation.key, operation);
        if (operation.kind === 'teardown') shown.delete(operation.key);
      }),
    );
    const connected = () => {
      for (const operation of shown.values()) {
        const context = { ...operation.context, requestPolicy: 'network-only' as const };
        client.reexecuteOperation(makeOperation('query', operation, context));
      }
    };
    return subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (sink) => ({ unsubscribe: openLive(session, request, { ...sink, connected }) }),
      }),
    })(input);
  };

/** A client for each user, so that nobody sees what the one before has fetched: the function returns that of this moment. */
export function clientPerUser(session: Session, create: () => Client): () => Client {
  let client = create();
  session.onChange((before) => {
    // On a page that has just been loaded, whoever is signed in is nobody else.
    if (before !== undefined && before?.id !== session.user?.id) client = create();
  });
  return () => client;
}
