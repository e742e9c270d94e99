/**
 * Whether the error says that the database is away, shutting down, too busy or too slow, and so nothing of what was asked: Prisma's
 * errors, those of its adapters and of the driver, and what they have as their cause.
 */
export function isOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return false;
  const { code, kind, originalCode, message, cause, meta } = error as Record<string, unknown>;
  if ([code, kind, originalCode].some((word) => typeof word === 'string' && OUTAGES.test(word))) return true;
  // The driver and its pool have no codes of their own.
  if (typeof message === 'string' && MESSAGES.test(message)) return true;
  return isOutage(cause, depth + 1) || isOutage((meta as Record<string, unknown>)?.['driverAdapterError'], depth + 1);
}

const OUTAGES = new RegExp(
  `^(${[
    // Prisma: unreachable, timed out, closed, no connection or transaction to be had in time.
    'P1001|P1002|P1008|P1017|P2024|P2028|P2037',
    // What refuses an operation that has no time left, in an error of Prisma's, which keeps nothing but the code.
    'SERVICE_UNAVAILABLE',
    // Its adapters.
    'DatabaseNotReachable|SocketTimeout|ConnectionClosed|TooManyConnections|TlsConnectionError',
    // PostgreSQL, appendix A: connection exceptions, too many connections, out of resources, shutting down, not up yet, statement
    // or idle transaction timed out.
    '08\\w{3}|53\\w{3}|57P0[1-5]|57014|25P0[34]',
    // Node.
    'ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN',
  ].join('|')})$`,
);
const MESSAGES =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|timeout expired|Client (has encountered a connection error|was closed)|PGlite is (closed|closing))/;
const MAX_DEPTH = 5;
