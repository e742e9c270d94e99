import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AppError, ERRORS, type ErrorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Circumstances, logEvent, type Tell } from './events.ts';
import type { Metrics } from './metrics.ts';
import { traceIdIn } from './traceparent.ts';
import type { RequestTrace, Traces } from './traces.ts';

/**
 * Keeps a record of each request, and tells of it once, when it is over: by one line of the log, in the metrics and in its trace.
 * Whichever path a request takes, this is where it is counted.
 */
export function createRecorder({ log, metrics, traces }: Telemetry): Recorder {
  return {
    open(request, address) {
      const trace = traces?.open(request.headers);
      const record: RequestRecord = {
        requestId: randomUUID(),
        traceId: trace?.traceId ?? traceIdIn(request.headers['traceparent']),
        trace,
        address,
        startedAt: performance.now(),
        userId: () => undefined,
        operation: undefined,
        codes: {},
        limits: [],
        isCut: false,
        why: undefined,
        tell(event, facts) {
          const { requestId, traceId } = record;
          logEvent(log, event, { requestId, traceId, address, by: record.userId(), ...facts });
          metrics?.event(event, facts);
        },
      };
      return record;
    },

    close(record, request, response) {
      const { requestId, traceId, address, operation, codes, why } = record;
      const seconds = (performance.now() - record.startedAt) / 1000;
      const status = response.headersSent ? response.statusCode : undefined;
      const endpoint = operation ? undefined : endpointOf(request);
      // What is undefined is left out.
      const line = {
        requestId,
        traceId,
        address,
        userId: record.userId(),
        type: operation?.type,
        operation: operation?.name,
        endpoint,
        status,
        milliseconds: Math.round(seconds * 10_000) / 10,
        aborted: response.writableFinished || record.isCut ? undefined : true,
        codes: why && codes,
        code: why?.code,
        path: why?.path,
        detail: why?.detail,
        err: why?.err,
      };
      log[levelOf(record, endpoint, status)](line, 'request');
      metrics?.request(record, status, seconds);
      record.trace?.end(record, status);
    },
  };
}

/** Puts on record that the answer holds an error, and why the first of the gravest was made. */
export function recordError(record: RequestRecord, code: ErrorCode, why: Why = {}, limit?: string) {
  record.codes[code] = (record.codes[code] ?? 0) + 1;
  if (limit) record.limits.push(limit);
  const isGraver = record.why && isGrave(code) && !isGrave(record.why.code);
  if (!record.why || isGraver) record.why = { code, ...why };
}

/** The same of an error that is a refusal, with what of it only the log may tell. */
export const recordRefusal = (record: RequestRecord, { code, detail, cause, refusedBy }: AppError, path?: string) =>
  recordError(record, code, { path: path?.slice(0, MAX_TEXT), detail, err: cause }, refusedBy);

/** Puts on record what is executed. */
export function recordOperation(record: RequestRecord, operation: Operation | null | undefined) {
  const { operation: type, name } = operation ?? {};
  if (type) record.operation = { type, name: name?.value.slice(0, MAX_TEXT) };
}

/** To whom what a request brings about is told, and what the trail notes of it. */
export const toldOf = ({
  record,
  origin: { address, userAgent },
}: Known): { tell: Tell; circumstances: Circumstances } => ({
  tell: record.tell,
  circumstances: { requestId: record.requestId, address, userAgent, by: () => record.userId() },
});

interface Known {
  record: RequestRecord;
  origin: Pick<Circumstances, 'address' | 'userAgent'>;
}

const isGrave = (code: ErrorCode) => ERRORS[code].level === 'error';

function levelOf({ why }: RequestRecord, endpoint: string | undefined, status = 0) {
  if (why && isGrave(why.code)) return 'error';
  return endpoint && PROBES.has(endpoint) && status === 200 ? 'debug' : 'info';
}

/** Where the request went, if that is an address of ours: others may hold anything. */
function endpointOf({ url }: IncomingMessage) {
  const path = url?.split('?', 1)[0] ?? '';
  return ENDPOINTS.has(path) || PROBES.has(path) ? path : undefined;
}

const ENDPOINTS = new Set([
  '/graphql',
  '/oauth/token',
  '/oauth/revoke',
  '/.well-known/jwks.json',
  '/.well-known/security.txt',
]);
/** Asked every few seconds: where they are answered as they should, nobody wants to read that. */
const PROBES = new Set(['/health', '/ready']);
/** Characters of a name that the client has chosen. */
const MAX_TEXT = 200;

/** What is known of a request, for the log, the metrics and the trace. */
export interface RequestRecord {
  requestId: string;
  /** Of the trace that the request is part of, if it is part of any. */
  traceId: string | undefined;
  trace: RequestTrace | undefined;
  address: string | null;
  startedAt: number;
  /** Whose token was sent, or who has signed in meanwhile. */
  userId(): string | undefined;
  operation: { type: string; name: string | undefined } | undefined;
  /** How often each code is in the answer. */
  codes: Partial<Record<ErrorCode, number>>;
  /** The limits that refused something. */
  limits: string[];
  /** Whether it is a stream that the server has ended in a way that tells the client to open it again. */
  isCut: boolean;
  why: (Why & { code: ErrorCode }) | undefined;
  tell: Tell;
}

/** As graphql parses it. */
interface Operation {
  operation: string;
  name?: { value: string } | undefined;
}

interface Why {
  path?: string | undefined;
  detail?: string;
  err?: unknown;
}

interface Telemetry {
  log: Log;
  metrics: Metrics | null;
  traces: Traces | undefined;
}

export interface Recorder {
  open(request: IncomingMessage, address: string | null): RequestRecord;
  close(record: RequestRecord, request: IncomingMessage, response: ServerResponse): void;
}
