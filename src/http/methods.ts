import type { AppPlugin } from '../context.ts';
import { AppError } from '../errors.ts';
import { errorResponse } from './listener.ts';

/**
 * GraphQL is served at one address: to JSON posts and, queries alone, to a GET that asks for JSON by name. A form, a link or an image
 * on another site can make neither, so no browser sends one of ours without asking CORS first, or for nothing but data that the
 * page then cannot read. To stand after whatever else answers at other addresses.
 */
export function useMethods(): AppPlugin {
  return {
    onRequest({ request: { method, headers }, url, endResponse }) {
      // Yoga itself would also take /graphql/ and whatever ends in /graphql.
      if (url.pathname !== '/graphql') return endResponse(errorResponse(404, 'NOT_FOUND'));
      const accept = headers.get('accept');
      if (method !== 'POST' && !(method === 'GET' && asksForJson(accept))) {
        return endResponse(badRequest(405, NOT_ALLOWED, { allow: 'GET, POST' }));
      }
      if (method === 'POST' && !isJson(headers.get('content-type'))) {
        return endResponse(badRequest(415, 'Send Content-Type: application/json.'));
      }
      const broken = method === 'GET' && PARAMETERS_OF_JSON.find((name) => !isParsable(url.searchParams.get(name)));
      if (broken) return endResponse(badRequest(400, `The parameter ${broken} is no JSON.`));
      // Yoga would see it only when the operation has been executed.
      if (!isAcceptable(accept)) return endResponse(badRequest(406, NOT_ACCEPTABLE));
    },
    // Mutations are refused by Yoga.
    onSubscribe({ args }) {
      if (args.contextValue.request.method === 'GET')
        throw new AppError('BAD_USER_INPUT', 'a subscription by GET', { reason: 'Subscribe with a POST.' });
    },
    onResponse({ response, setResponse }) {
      // A stream that was asked for in a form that has no streams.
      if (response.status === 406 && !response.headers.has('content-type'))
        setResponse(badRequest(406, NOT_ACCEPTABLE));
    },
  };
}

const badRequest = (status: number, message: string, headers = {}) =>
  errorResponse(status, 'BAD_USER_INPUT', message, headers);

export const isJson = (contentType: string | null) =>
  /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType ?? '');

const isAcceptable = (accept: string | null) =>
  (accept || '*/*').split(',').some((range) => ACCEPTABLE.test(range.replaceAll(/\s/g, '')));

function isParsable(text: string | null) {
  try {
    JSON.parse(text || 'null');
    return true;
  } catch {
    return false;
  }
}

const PARAMETERS_OF_JSON = ['variables', 'extensions'];

/** Whoever follows a link or loads an image asks for anything. */
const asksForJson = (accept: string | null) => /application\/(graphql-response\+)?json/i.test(accept ?? '');

const ACCEPTABLE =
  /^(\*\/\*|application\/(\*|json|graphql-response\+json)|text\/(\*|event-stream)|multipart\/(\*|mixed))(;(?!charset=)[^;]*|;charset=utf-8)*$/i;
const NOT_ALLOWED =
  'Send a POST with a JSON body; or, for a query, a GET with Accept: application/graphql-response+json.';
const NOT_ACCEPTABLE =
  'Accept application/json or application/graphql-response+json; for subscriptions, text/event-stream.';
