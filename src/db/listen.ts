import { setTimeout } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/**
 * Hears what any process notifies on a channel of a server, over a connection of its own: not through a pooler that lends
 * connections by the transaction. Rejects if there is none to be had; one that breaks later, or goes silent, is renewed.
 */
export const listenOnServer =
  (url: string): Listen =>
  async (channel, ear) => {
    let stopped = false;
    let connection: pg.Client | null = await connect();

    async function connect() {
      const client = new pg.Client({
        connectionString: url,
        connectionTimeoutMillis: PATIENCE,
        query_timeout: PATIENCE,
      });
      const listen = () => client.query(`LISTEN ${channel}`);
      client.on('notification', ({ payload = '' }) => ear.hear(payload));
      // An error is followed by the end; without a listener it would end the process.
      client.on('error', () => {});
      try {
        await client.connect();
        await listen();
      } catch (error) {
        void client.end();
        throw error;
      }
      // Listening twice is listening once. A network that drops everything tells nobody: only a missing answer does.
      const pulse = setInterval(() => listen().catch(() => client.end()), PULSE);
      client.on('end', () => {
        clearInterval(pulse);
        connection = null;
        if (stopped) return;
        ear.lost();
        void renew();
      });
      return client;
    }

    async function renew() {
      while (!stopped && !connection) {
        await setTimeout(RETRY_AFTER, undefined, { ref: false });
        if (!stopped) connection = await connect().catch(() => null);
      }
      if (stopped) await connection?.end();
    }

    return {
      hears: () => connection !== null,
      stop: async () => {
        stopped = true;
        await connection?.end();
      },
    };
  };

/** Hears what this process notifies on a channel of its embedded database: there is no other. */
export const listenEmbedded =
  (pglite: PGlite): Listen =>
  async (channel, ear) => ({ hears: () => true, stop: await pglite.listen(channel, ear.hear) });

/** Milliseconds that the server has for each answer. */
const PATIENCE = 3000;
/** Milliseconds between two questions whether the connection is alive. */
const PULSE = 3000;
/** Milliseconds. */
const RETRY_AFTER = 1000;

/** Hears everything on the channel from when it resolves until it is stopped, or says that it does not. */
export type Listen = (channel: string, ear: Ear) => Promise<Listening>;

export interface Ear {
  /** Must not throw: nobody could catch it. */
  hear(payload: string): void;
  /** From here on nothing is heard, until `hears` says so. */
  lost(): void;
}

export interface Listening {
  /** Whether all that is notified from now on will be heard, as far as is known. */
  hears(): boolean;
  stop(): Promise<void>;
}
