import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { sendNodeResponse } from '@whatwg-node/server';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import type { RequestInfo } from '../graphql/context.ts';
import type { Log } from '../log.ts';
import { type RequestOptions, requestInfo } from './request.ts';

/** Serves with `handle`. Where that fails, the answer is ours too: Yoga's adapter would send the stack. */
export function listenerFor(handle: Handle, options: RequestOptions, log: Log): RequestListener {
  return async (request, response) => {
    const info = requestInfo(request, options);
    const headers = { 'x-request-id': info.requestId };
    const send = (answer: Response) => sendNodeResponse(answer, response, request, true);
    try {
      if (!isAddressable(request)) return await send(refusal(400, 'BAD_USER_INPUT', undefined, headers));
      await send(await handle(request, response, info));
    } catch (error) {
      log.error({ requestId: info.requestId, err: error }, 'failed');
      if (response.headersSent) response.destroy();
      else await send(refusal(500, 'INTERNAL_SERVER_ERROR', undefined, headers));
    }
  };
}

/** The answer to a request that does not get as far as GraphQL, in the shape of its answers: clients read errors in one way. */
export const refusal = (status: number, code: ErrorCode, message: string = ERROR_CODES[code], headers = {}) =>
  Response.json({ errors: [{ message, extensions: { code } }] }, { status, headers });

/** Node lets any Host header and target through; both become part of the URL. */
const isAddressable = ({ url, headers }: IncomingMessage) =>
  URL.canParse(`http://${headers.host ?? 'localhost'}${url}`);

type Handle = (request: IncomingMessage, response: ServerResponse, info: RequestInfo) => Response | Promise<Response>;
