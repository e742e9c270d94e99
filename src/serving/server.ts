import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/** The HTTP server, not listening yet: it has only so many connections at a time, and nobody may be slow at asking without end. */
export function createHttpServer({ tls, maxConnections }: ServerOptions, listener: RequestListener): Server {
  const server = tls
    ? createTlsServer({ ...PATIENCE, ...tls, handshakeTimeout: PATIENCE.headersTimeout }, listener)
    : createServer(PATIENCE, listener);
  server.maxConnections = maxConnections;
  return server;
}

/** Takes no connection any more, and resolves when what is under way is finished, or has had its time. */
export async function finish(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // Kept alive after an answer that promised so, a connection would hold the server up for five seconds more.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), TIME_TO_FINISH);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}

/** Milliseconds. How long headers and the whole of a request may take to arrive, and how often that is looked at. */
const PATIENCE = { headersTimeout: 10_000, requestTimeout: 20_000, connectionsCheckingInterval: 2_000 };

/** Milliseconds: with the delay of production, less than the ten seconds after which platforms kill. */
const TIME_TO_FINISH = 6_500;

interface ServerOptions {
  tls: { cert: string; key: string } | null;
  maxConnections: number;
}
