import { PothosError } from '@pothos/core';
import { type ExecutionResult, GraphQLError, Kind } from 'graphql';
import { isAsyncIterable, mapAsyncIterator } from 'graphql-yoga';
import type { AppPlugin, RequestFacts } from '../context.ts';
import { isOutage } from '../db/outage.ts';
import { AppError, challengeOf, ERRORS, type ErrorCode, overLimit } from '../errors.ts';
import { type RequestRecord, recordError, recordRefusal } from '../telemetry/record.ts';
import { cutToReopen } from './execution/ends.ts';

/**
 * The one edge at which errors become answers: each gets its code and a public sentence, its private detail goes on record, and the
 * status of the response follows from them.
 */
export const createAnswers =
  (options: AnswerOptions): ToAnswer =>
  (given, { record, token }) => {
    const result = token.viewerRefused ? withRefusedViewer(given, token.viewerRefused) : given;
    if (!result.errors) return result;
    const told = cut(oncePerComplaint(result.errors), options.maxErrors).map((error) =>
      publicError(error, options, record),
    );
    return withStatus({ ...result, errors: told }, new Set(result.errors.map((error) => error.path?.[0])));
  };

/** Has Yoga send answers. */
export function useAnswers(toAnswer: ToAnswer, isLeaving: () => boolean): AppPlugin {
  return {
    onResultProcess({ result, setResult, serverContext }) {
      const answer = (one: ExecutionResult) => toAnswer(one, serverContext);
      if (isAsyncIterable(result))
        setResult(cutToReopen(mapAsyncIterator(result, answer), { cut: serverContext.cut, isLeaving }));
      else setResult(Array.isArray(result) ? result.map(answer) : answer(result));
    },
  };
}

/** `viewer` is never an error; whoever sent a token that cannot be used is told so beside it. */
function withRefusedViewer(result: ExecutionResult, code: ErrorCode): ExecutionResult {
  const http = { headers: { 'www-authenticate': challengeOf(code) } };
  return { ...result, extensions: { ...result.extensions, viewer: { code }, http } };
}

/** The refusal that an error stands for: itself, SERVICE_UNAVAILABLE where the database cannot be reached, or our fault. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isOutage(error)) return new AppError('SERVICE_UNAVAILABLE', 'the database cannot be reached', { cause: error });
  return new AppError('INTERNAL_SERVER_ERROR', 'nobody expected it', { cause: error });
}

/** What is wrong with a document in several places is told once, with all of them: else a short document has a long answer. */
function oncePerComplaint(errors: readonly GraphQLError[]): GraphQLError[] {
  const complaints = new Map<GraphQLError | string, GraphQLError>();
  for (const error of errors) {
    const complaint = error.path || error.originalError ? error : error.message;
    const same = complaints.get(complaint);
    const nodes = [...(same?.nodes ?? []), ...(error.nodes ?? [])];
    complaints.set(complaint, same ? new GraphQLError(same.message, { nodes, extensions: same.extensions }) : error);
  }
  return [...complaints.values()];
}

/** The last that is told says that there are more. */
function cut(errors: readonly GraphQLError[], allowed: number): readonly GraphQLError[] {
  if (errors.length <= allowed) return errors;
  const originalError = overLimit('errors', errors.length, allowed);
  return [...errors.slice(0, allowed - 1), new GraphQLError('', { originalError })];
}

function publicError(error: GraphQLError, { suggestions }: AnswerOptions, record: RequestRecord) {
  const original = originOf(error);
  const complaint = original instanceof AppError ? null : complaintOf(error, original, suggestions);
  if (complaint !== null) {
    recordError(record, 'BAD_USER_INPUT');
    return answered(error, 'BAD_USER_INPUT', complaint);
  }
  const refusal = toAppError(original);
  recordRefusal(record, refusal, error.path?.join('.'));
  return answered(error, refusal.code, refusal.message, { ...refusal.extras, rule: refusal.rule });
}

/** What to say of an error that the request itself is to blame for; null for an error that is ours. */
function complaintOf(error: GraphQLError, original: unknown, suggestions: boolean): string | null {
  if (!(original instanceof GraphQLError) || original instanceof PothosError) return null;
  const node = original.nodes?.[0];
  // An error that execution put a path on is the request's only if it points into its arguments.
  if (error.path && (!node || node.kind === Kind.FIELD)) return null;
  return wordingOf(original, suggestions);
}

/**
 * A complaint about a document, without repeating what was sent, for that may be a password. `suggestions` keeps "Did you mean",
 * which tells names of the schema.
 */
export function wordingOf({ nodes, message: said }: GraphQLError, suggestions: boolean): string {
  const [node] = nodes ?? [];
  if (node && VALUES.has(node.kind)) return 'A value does not fit its type.';
  const message = said.replace(
    /^(Syntax Error: )(?:Expected .*, found|Unexpected|Unterminated|Invalid).*$/s,
    '$1Check the document at this place.',
  );
  return suggestions ? message : message.replace(/ Did you mean .*$/s, '');
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
  if (code !== 'BAD_USER_INPUT') return {};
  const spec = Boolean(nodes || source || originalError);
  const { status = 400, headers } = extensions.http ?? {};
  return { http: { spec, status, headers } };
}

function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? originOf(error.originalError) : error;
}

/** RFC 6750 §3 and RFC 9110: only where no root field was answered, and only for the codes that have a status. */
function withStatus(result: ExecutionResult, failed: Set<string | number | undefined>): ExecutionResult {
  // A null with no error to it is an answer.
  if (Object.entries(result.data ?? {}).some(([field, value]) => value !== null || !failed.has(field))) return result;
  const { code, retryAfter } =
    result.errors?.find(({ extensions }) => statusOf(extensions.code) !== 200)?.extensions ?? {};
  if (!code) return result;
  const status = statusOf(code);
  const headers = {
    ...(status === 401 && { 'www-authenticate': challengeOf(code) }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  };
  return { ...result, extensions: { ...result.extensions, http: { status, headers } } };
}

const statusOf = (code: ErrorCode | undefined) => (code ? ERRORS[code].status : 200);

const VALUES = new Set<string>([
  Kind.VARIABLE,
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
  Kind.ARGUMENT,
]);

/** The result as the client gets it: with public errors, and in `extensions.http` the status and headers that follow from them. */
export type ToAnswer = (result: ExecutionResult, facts: Pick<RequestFacts, 'record' | 'token'>) => ExecutionResult;

interface AnswerOptions {
  /** Tells names of the schema that resemble a misspelt one. */
  suggestions: boolean;
  /** In one answer. */
  maxErrors: number;
}

declare module 'graphql' {
  interface GraphQLErrorExtensions {
    code?: ErrorCode;
    /** Whole seconds. */
    retryAfter?: number;
  }
}
