import type { AppPlugin } from '../context.ts';
import { errorResponse } from './listener.ts';

/**
 * GraphQL is served at one address to JSON posts only: a form or a link on another site can make neither, so no browser sends
 * one of ours without asking CORS first. To stand after whatever else answers at other addresses.
 */
export function useJsonPosts(): AppPlugin {
  return {
    onRequest({ request, url, endResponse }) {
      // Yoga itself would also take /graphql/ and whatever ends in /graphql.
      if (url.pathname !== '/graphql') return endResponse(errorResponse(404, 'NOT_FOUND'));
      if (request.method !== 'POST')
        return endResponse(badRequest(405, 'Send a POST with a JSON body.', { allow: 'POST' }));
      if (!isJson(request.headers.get('content-type'))) {
        return endResponse(badRequest(415, 'Send Content-Type: application/json.'));
      }
      // Yoga would see it only when the operation has been executed.
      if (!isAcceptable(request.headers.get('accept'))) return endResponse(badRequest(406, NOT_ACCEPTABLE));
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

const ACCEPTABLE =
  /^(\*\/\*|application\/(\*|json|graphql-response\+json)|text\/(\*|event-stream)|multipart\/(\*|mixed))(;(?!charset=)[^;]*|;charset=utf-8)*$/i;
const NOT_ACCEPTABLE =
  'Accept application/json or application/graphql-response+json; for subscriptions, text/event-stream.';
