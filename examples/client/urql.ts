import { type Client, type Exchange, makeOperation, type Operation, subscriptionExchange } from '@urql/core';
import { pipe, subscribe } from 'wonka';
import { openLive } from './live.ts';
import type { Session } from './session.ts';

/** What a client needs to ask by the session: spread it into its options. Headers of `fetchOptions` are kept. */
export const sessionOptions = ({ url, fetch }: Session) => ({ url, fetch, preferGetMethod: false as const });

/**
 * Subscriptions by live streams, to stand between the cache and the fetch. What is on show is fetched again on each connect and after
 * each event.
 */
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

    /** An answer that is under way may be of before, and urql asks no second time meanwhile: so it is waited for. */
    async function fetchAgain(operation: Operation) {
      const by = (requestPolicy: 'cache-first' | 'network-only') =>
        makeOperation('query', operation, { ...operation.context, requestPolicy });
      await client.executeRequestOperation(by('cache-first')).toPromise();
      client.reexecuteOperation(by('network-only'));
    }

    const again = () => void Promise.all([...shown.values()].map(fetchAgain));
    return subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe(sink) {
          const changed = (result: Parameters<typeof sink.next>[0]) => {
            sink.next(result);
            again();
          };
          return { unsubscribe: openLive(session, request, { ...sink, next: changed, connected: again }) };
        },
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
