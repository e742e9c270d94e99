import { createClient } from 'graphql-sse';
import type { Answer } from './client.ts';

/** A subscription over server-sent events, as front ends open it; resolves once the server has opened it too. */
export async function openStream(url: string, query: string, accessToken: string): Promise<Stream> {
  let connected = () => {};
  const open = new Promise<void>((resolve) => {
    connected = resolve;
  });
  const client = createClient({
    url: `${url}/graphql`,
    headers: { authorization: `Bearer ${accessToken}` },
    retryAttempts: 0,
    on: { connected },
  });
  const events = client.iterate<Answer['data']>({ query });
  const heard: Promise<IteratorResult<unknown>>[] = [events.next()];
  await Promise.race([open, heard[0]]);
  return {
    next: async () => {
      const { value, done } = await (heard.shift() ?? events.next());
      return done ? null : (value as Event);
    },
    close: () => client.dispose(),
  };
}

export interface Stream {
  /** Waits for the next event; null once the stream has ended. */
  next(): Promise<Event | null>;
  close(): void;
}

type Event = Pick<Answer, 'data' | 'errors'>;
