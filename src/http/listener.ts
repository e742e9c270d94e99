import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { sendNodeResponse } from '@whatwg-node/server';
import type { RequestFacts } from '../context.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { setHeaders } from './headers.ts';
import { isPlain } from './https-only.ts';
import { type RequestOptions, requestFacts } from './request.ts';

/** Serves with `handle`. Where that fails, the answer is ours too: Yoga's adapter would send the stack. */
export function listenerFor(handle: Handle, options: RequestOptions, log: Log): RequestListener {
  return async (request, response) => {
    const facts = requestFacts(request, options);
    const send = (answer: Response) => sendNodeResponse(answer, response, request, ONE_WRITE);
    const refuse = (status: number, code: ErrorCode, message?: string) => {
      const answer = errorResponse(status, code, message);
      setHeaders(answer.headers, facts.requestId);
      return send(answer);
    };
    try {
      if (!isAddressable(request)) return await refuse(400, 'BAD_USER_INPUT');
      // Before Yoga, whose own plugins would answer with GraphiQL, or to a preflight.
      if (isPlain(request, options)) return await refuse(403, 'FORBIDDEN', 'Use HTTPS.');
      await send(await handle(request, response, facts));
    } catch (error) {
      log.error({ requestId: facts.requestId, err: error }, 'failed');
      if (response.headersSent) response.destroy();
      else await refuse(500, 'INTERNAL_SERVER_ERROR');
    }
  };
}

/** The answer to a request that does not get as far as GraphQL, in the shape of its answers: clients read errors in one way. */
export const errorResponse = (status: number, code: ErrorCode, message: string = ERRORS[code].sentence, headers = {}) =>
  Response.json({ errors: [{ message, extensions: { code } }] }, { status, headers });

/** Node lets any Host header and target through; both become part of the URL. */
const isAddressable = ({ url, headers }: IncomingMessage) =>
  URL.canParse(`http://${headers.host ?? 'localhost'}${url}`);

/** The adapter's private way to write head and body at once; without it, small answers take two packets. */
const ONE_WRITE = true;

type Handle = (request: IncomingMessage, response: ServerResponse, facts: RequestFacts) => Response | Promise<Response>;
