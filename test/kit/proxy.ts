import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network between a client and the PostgreSQL server of this URL, which can break in two ways. */
export async function proxyTo(url: string): Promise<Proxy> {
  const target = new URL(url);
  const ends = new Set<Socket>();
  let isAway = false;
  let isFrozen = false;
  const server = createServer((near) => {
    if (isAway) return near.destroy();
    const far = connect(Number(target.port || 5432), target.hostname);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end);
      end.on('data', (chunk) => isFrozen || other.write(chunk));
      end
        .on('error', () => {})
        .on('close', () => {
          ends.delete(end);
          other.destroy();
        });
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const through = new URL(url);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const goAway = () => {
    isAway = true;
    for (const end of ends) end.destroy();
  };
  return {
    url: through.href,
    away: goAway,
    freeze() {
      isFrozen = true;
    },
    mend() {
      isAway = false;
      isFrozen = false;
    },
    tried: () => once(server, 'connection'),
    close() {
      goAway();
      server.close();
    },
  };
}

export interface Proxy {
  url: string;
  /** Cuts all connections and each new one. */
  away(): void;
  /** Drops everything that is sent, and tells nobody. */
  freeze(): void;
  mend(): void;
  /** Waits for somebody who tries to connect. */
  tried(): Promise<unknown>;
  close(): void;
}
