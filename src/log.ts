import { type DestinationStream, type Logger, pino } from 'pino';

/** JSON lines, which input cannot forge. */
export const createLog = (level: string, destination: DestinationStream = pino.destination(BATCHED)): Log =>
  pino({ level, serializers: { err: loggable } }, destination);

/** Where to write in development: the same lines, laid out for a reader. */
export async function readable(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty'); // which production need not load
  return pretty({ sync: true, singleLine: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' });
}

/** To standard output. A write for each line would cost more than the line; at its end, a process writes what is left. */
const BATCHED = { dest: 1, minLength: 4096, periodicFlush: 100 };

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
