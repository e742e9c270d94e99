import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** JSON lines, which input cannot forge; in development the same, laid out for a reader. */
export function createLog(level: string, readable: boolean, destination?: DestinationStream): Log {
  const layout = { sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' };
  const options = { level, serializers: { err: loggable } };
  return pino(options, destination ?? (readable ? pretty(layout) : pino.destination(1)));
}

/**
 * What the log says of an error: what it is, where it came from, and the message if it is ours. Those of the database, of its
 * driver and of parsers repeat queries, rows, addresses and input.
 */
function loggable(error: unknown): LoggedError | undefined {
  if (error === undefined || error === null) return undefined;
  if (!(error instanceof Error)) return { type: typeof error };
  const frames = error.stack?.match(/^ {4}at .*$/gm)?.join('\n') ?? '';
  const message = repeatsInput(error) ? undefined : error.message;
  return {
    type: error.name,
    message,
    code: Reflect.get(error, 'code'),
    stack: `${message ?? error.name}\n${frames}`,
    cause: loggable(error.cause),
  };
}

const repeatsInput = (error: Error) =>
  /^Prisma|DriverAdapter|SyntaxError/.test(error.name) ||
  ['severity', 'errno', 'clientVersion'].some((key) => key in error);

interface LoggedError {
  type: string;
  message?: string | undefined;
  code?: unknown;
  stack?: string;
  cause?: LoggedError | undefined;
}

export type Log = Logger;
