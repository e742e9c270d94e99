import { type ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, mapAsyncIterator } from 'graphql-yoga';
import { AppError, ERROR_CODES, type ErrorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AppPlugin } from './context.ts';
import { publicMessage } from './request-errors.ts';

/**
 * The one edge at which errors become answers: each gets its code and a public sentence, its private reason goes to the log
 * with the request id, and the status of the response follows from them.
 */
export function useAnswers(log: Log, options: AnswerOptions): AppPlugin {
  return {
    onResultProcess({ result, setResult, serverContext: { requestId } }) {
      const answer = (one: ExecutionResult) => {
        if (!one.errors) return one;
        const errors = one.errors.map((error) => masked(error, options, log, requestId));
        return withStatus({ ...one, errors });
      };
      if (isAsyncIterable(result)) setResult(mapAsyncIterator(result, answer));
      else if (!Array.isArray(result)) setResult(answer(result));
    },
  };
}

function masked(error: GraphQLError, { explain, suggestions }: AnswerOptions, log: Log, requestId: string) {
  const original = originOf(error);
  const where = { requestId, path: error.path?.join('.') };
  if (original instanceof AppError) {
    const { code, reason, cause, rule } = original;
    log[code === 'SERVICE_UNAVAILABLE' ? 'error' : 'info']({ ...where, code, reason, err: cause }, 'refused');
    return answered(error, code, original.message, { ...original.extras, ...(explain && { rule }) });
  }
  const message = publicMessage(error, suggestions);
  if (message !== null) {
    return answered(error, 'BAD_USER_INPUT', message);
  }
  log.error({ ...where, err: original }, 'failed');
  return answered(error, 'INTERNAL_SERVER_ERROR', ERROR_CODES.INTERNAL_SERVER_ERROR);
}

function answered(error: GraphQLError, code: ErrorCode, message: string, extras: object = {}) {
  const { nodes, source, positions, path } = error;
  const http = path ? {} : unexecuted(error, code);
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { ...extras, ...http, code } });
}

/**
 * GraphQL over HTTP §6.4: where nothing was executed the status says so, but to whoever takes application/json it is 200 (Yoga's
 * `spec`) if it was the document or its variables that could not be used.
 */
function unexecuted({ nodes, source, originalError, extensions }: GraphQLError, code: ErrorCode) {
  if (code === 'INTERNAL_SERVER_ERROR') return { http: { status: 500 } };
  if (code !== 'BAD_USER_INPUT' && code !== 'OPERATION_REFUSED') return {};
  const spec = Boolean(nodes || source || originalError);
  return { http: { spec, status: (extensions['http'] as { status?: number } | undefined)?.status ?? 400 } };
}

function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? originOf(error.originalError) : error;
}

/** RFC 6750 §3 and RFC 9110: only where no root field was answered, and only for the codes that have a status. */
function withStatus(result: ExecutionResult): ExecutionResult {
  const failed = new Set(result.errors?.map((error) => error.path?.[0]));
  // A null with no error to it is an answer.
  if (Object.entries(result.data ?? {}).some(([field, value]) => value !== null || !failed.has(field))) return result;
  const refused = result.errors?.find((error) => STATUS[error.extensions['code'] as ErrorCode]);
  if (!refused) return result;
  const http = STATUS[refused.extensions['code'] as ErrorCode];
  const retryAfter = refused.extensions['retryAfter'];
  const headers = { ...http?.headers, ...(retryAfter ? { 'retry-after': String(retryAfter) } : {}) };
  return { ...result, extensions: { ...result.extensions, http: { ...http, headers } } };
}

const challenge = (error = '') => ({ status: 401, headers: { 'www-authenticate': `Bearer${error}` } });
const STATUS: { [Code in ErrorCode]?: { status: number; headers?: Record<string, string> } } = {
  UNAUTHENTICATED: challenge(),
  TOKEN_EXPIRED: challenge(' error="invalid_token"'),
  INVALID_TOKEN: challenge(' error="invalid_token"'),
  SESSION_ENDED: challenge(' error="invalid_token"'),
  FORBIDDEN: { status: 403 },
  RATE_LIMITED: { status: 429 },
  SERVICE_UNAVAILABLE: { status: 503 },
};

interface AnswerOptions {
  /** Tells which rule refused. */
  explain: boolean;
  /** Tells names of the schema that resemble a misspelt one. */
  suggestions: boolean;
}
