import type { IncomingMessage } from 'node:http';
import { type DocumentNode, type ExecutionResult, GraphQLError, getOperationAST } from 'graphql';
import type { YogaServerInstance } from 'graphql-yoga';
import type { Context, RequestFacts } from '../context.ts';
import type { ToAnswer } from '../graphql/answers.ts';
import { unexecuted } from '../graphql/execution/time-limit.ts';
import { isJson } from './methods.ts';

/**
 * Answers the common request, a POST of JSON from no other origin with one operation that is no stream: Yoga's plugins and
 * context without what Yoga does around them for all the others, which takes as long again. Null for every other, of which nothing
 * is done here. Neither path may let anybody in whom the other refuses, so that all that judges is in the plugins, which are the same.
 */
export function createShortPath(yoga: Yoga, toAnswer: ToAnswer) {
  return async (request: IncomingMessage, body: string, facts: RequestFacts): Promise<WholeAnswer | null> => {
    const mediaType = mediaTypeOf(request);
    const params = mediaType && paramsIn(body);
    const result = params && (await resultOf(params, yoga.getEnveloped({ ...facts })));
    if (!mediaType || !result) return null;
    const { extensions: { http, ...extensions } = {}, ...answer } = toAnswer(result, facts) as Answer;
    const status = Math.max(http?.status ?? 200, ...(answer.errors ?? []).map((error) => statusOf(error, mediaType)));
    const text = JSON.stringify({
      ...answer,
      ...(answer.errors && { errors: answer.errors.map(withoutHttp) }),
      ...(Object.keys(extensions).length > 0 && { extensions }),
    });
    return { status, text, headers: { 'content-type': `${mediaType}; charset=utf-8`, ...http?.headers } };
  };
}

/** Null for what is no query or mutation: Yoga says why, or streams. */
async function resultOf(
  { query, variables, operationName }: Params,
  enveloped: Enveloped,
): Promise<ExecutionResult | null> {
  const { schema, parse, validate, contextFactory, execute } = enveloped;
  try {
    const document: DocumentNode = parse(query);
    const operation = getOperationAST(document, operationName);
    if (!operation || operation.operation === 'subscription') return null;
    const errors: readonly GraphQLError[] = validate(schema, document);
    if (errors.length > 0) return { errors };
    const contextValue = await contextFactory();
    return await execute({ schema, document, contextValue, variableValues: variables, operationName });
  } catch (error) {
    return { errors: [error instanceof GraphQLError ? error : unexecuted(error)] };
  }
}

/** What the answer is sent as: the first that the client accepts, of our two forms of JSON; null where this path is not for the request. */
function mediaTypeOf({ method, url, headers }: IncomingMessage): MediaType | null {
  if (method !== 'POST' || url !== '/graphql' || headers.origin !== undefined) return null;
  if (!isJson(headers['content-type'] ?? null)) return null;
  return MEDIA_TYPES.get(headers.accept?.split(',', 1)[0]?.trim() ?? '*/*') ?? null;
}

/** The three parameters, where there are no others. */
function paramsIn(body: string): Params | null {
  const params = json(body);
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return null;
  const { query, variables, operationName, ...others } = params as Record<string, unknown>;
  if (typeof query !== 'string' || Object.keys(others).length > 0) return null;
  if (typeof (variables ?? {}) !== 'object' || Array.isArray(variables)) return null;
  if (typeof (operationName ?? '') !== 'string') return null;
  return { query, variables, operationName } as Params;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As Yoga has it: of what was not executed, and is the request's fault, application/json is told with 200. */
function statusOf({ extensions: { http } }: GraphQLError, mediaType: MediaType): number {
  if (!http || (http.spec && mediaType === 'application/json')) return 200;
  return http.status ?? 200;
}

function withoutHttp(error: GraphQLError) {
  const { extensions, ...rest } = error.toJSON();
  const { http: _, ...others } = extensions ?? {};
  return { ...rest, extensions: others };
}

const MEDIA_TYPES = new Map<string, MediaType>([
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
]);

type MediaType = 'application/json' | 'application/graphql-response+json';
type Yoga = YogaServerInstance<RequestFacts, Omit<Context, keyof RequestFacts>>;
type Enveloped = ReturnType<Yoga['getEnveloped']>;

interface Params {
  query: string;
  variables?: Record<string, unknown> | null;
  operationName?: string | null;
}

/** An answer that is there as a whole. */
export interface WholeAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

interface Answer extends ExecutionResult {
  extensions?: { http?: { status?: number; headers?: Record<string, string> } };
}
