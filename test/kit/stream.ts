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
  const next = async () => {
    const { value, done } = await (heard.shift() ?? events.next());
    return done ? null : (value as Event);
  };
  return {
    next,
    async rest() {
      const rest: Event[] = [];
      try {
        for (let event = await next(); event; event = await next()) rest.push(event);
        return { events: rest, end: 'complete' };
      } catch (error) {
        if (!/Connection closed|terminated/.test(String(error))) throw error;
        return { events: rest, end: 'cut' };
      }
    },
    close: () => client.dispose(),
  };
}

export interface Stream {
  /** Waits for the next event; null once the stream is complete. Throws once it was cut. */
  next(): Promise<Event | null>;
  /** All events until the stream is complete, or the server has cut it, which has clients open it again. */
  rest(): Promise<{ events: Event[]; end: 'complete' | 'cut' }>;
  close(): void;
}

type Event = Pick<Answer, 'data' | 'errors'>;
