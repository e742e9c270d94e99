import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sendNodeResponse } from '@whatwg-node/server';
import { siteOf } from '../auth/rate-limits.ts';
import type { RequestFacts } from '../context.ts';
import { type AppError, ERRORS, type ErrorCode, type PublicExtras } from '../errors.ts';
import { toAppError } from '../graphql/answers.ts';
import type { Identity } from '../sessions/identify.ts';
import { type Recorder, type RequestRecord, recordRefusal } from '../telemetry/record.ts';
import { headersOf, setCors, setHeaders, type Told } from './headers.ts';
import { isPlain, setStrictTransport } from './https-only.ts';
import { type RequestOptions, readBody, requestFacts } from './request.ts';
import type { WholeAnswer } from './short-path.ts';
import { createRequestTurns } from './turns.ts';

/**
 * Answers the common request by the short path and every other by Yoga. Where that fails, the answer is ours too: Yoga's adapter
 * would send the stack. Whichever path a request takes, its record is opened and closed here, and it takes a turn.
 */
export function listenerFor({ short, yoga }: Paths, options: ListenerOptions): RequestListener {
  const { recorder, now } = options;
  const inTurn = createRequestTurns({ requests: options.requestsAtOnce, cost: options.limits.cost });
  return (request, response) => {
    const known = requestFacts(request, options, recorder);
    const { record } = known;
    const facts = { ...known, cut: () => cut(response, record) };
    response.once('close', () => recorder.close(record, request, response));
    return record.trace
      ? record.trace.within(() => answer(request, response, facts))
      : answer(request, response, facts);
  };

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    known: Omit<RequestFacts, 'identity' | 'makeRoom'>,
  ) {
    const send = (answer: Response) => {
      closeIfLeaving(response);
      setCors(answer.headers, request.headers.origin, options.corsOrigins);
      setHeaders(answer.headers, known, now());
      return sendNodeResponse(answer, response, request, ONE_WRITE);
    };
    try {
      // Before Yoga, whose own plugins would answer with GraphiQL, or to a preflight.
      if (!isAddressable(request)) return await send(errorResponse(400, 'BAD_USER_INPUT'));
      if (isPlain(request, options)) return await send(errorResponse(403, 'FORBIDDEN', 'Use HTTPS.'));
      const body = await readBody(request);
      if (body === null) return await send(TOO_LARGE());
      const identity = await options.identify(known.token.headers, known);
      known.record.userId = identity.userId;
      const userId = identity.userId();
      const asker = { whose: userId ?? siteOf(known.origin.address), isUser: userId !== undefined };
      const answer = await inTurn(asker, (makeRoom) =>
        answered(request, response, body, { ...known, identity, makeRoom }),
      );
      if (isWhole(answer)) return sendWhole(answer, response, known);
      setStrictTransport(answer.headers, options);
      await send(answer);
    } catch (error) {
      // Who goes away amid a request is answered nothing, and is no failure of ours.
      if (!request.complete) return void response.destroy();
      const refusal = toAppError(error);
      recordRefusal(known.record, refusal);
      if (response.headersSent) response.destroy();
      else await send(refusedResponse(refusal));
    }
  }

  async function answered(request: IncomingMessage, response: ServerResponse, body: string, facts: RequestFacts) {
    return (await short(request, body, facts)) ?? yoga(Object.assign(request, { body }), response, facts);
  }

  /** The client opens its next connection elsewhere, before this one could be closed under it. */
  function closeIfLeaving(response: ServerResponse) {
    if (options.isLeaving()) response.shouldKeepAlive = false;
  }

  /** Without the Fetch API, whose objects take as long as all else that a small answer needs. */
  function sendWhole({ status, headers, text }: WholeAnswer, response: ServerResponse, facts: Told) {
    closeIfLeaving(response);
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const set = headersOf(response);
    setStrictTransport(set, options);
    setHeaders(set, facts, now());
    // Together with what else is ready in this turn of the loop: whoever reads them is woken once, which takes as long as a write.
    setImmediate(() => response.end(text));
  }
}

const isWhole = (answer: WholeAnswer | Response): answer is WholeAnswer => typeof answer.text === 'string';

async function cut(response: ServerResponse, record: RequestRecord): Promise<never> {
  record.isCut = true;
  do {
    if (response.writableNeedDrain) await new Promise((resolve) => response.once('drain', resolve));
    // What waits for that is written then.
    await nextTurn();
  } while (response.writableNeedDrain);
  response.socket?.destroySoon();
  return new Promise(() => {});
}

/** The answer to a request that does not get as far as GraphQL, in the shape of its answers: clients read errors in one way. */
export const errorResponse = (
  status: number,
  code: ErrorCode,
  message: string = ERRORS[code].sentence,
  headers = {},
  extras: PublicExtras = {},
) => Response.json({ errors: [{ message, extensions: { ...extras, code } }] }, { status, headers });

/** The same of what was refused by nobody's fault but ours. */
const refusedResponse = ({ code, message, extras }: AppError) =>
  code === 'SERVICE_UNAVAILABLE'
    ? errorResponse(503, code, message, { 'retry-after': `${extras.retryAfter}` }, extras)
    : errorResponse(500, 'INTERNAL_SERVER_ERROR');

/** What was not read of the body would stand before the next request. */
const TOO_LARGE = () => errorResponse(413, 'BAD_USER_INPUT', 'The body is too large.', { connection: 'close' });

/** Node lets any Host header and target through; both become part of the URL. */
function isAddressable({ url = '', headersDistinct }: IncomingMessage) {
  const [host = 'localhost', ...others] = headersDistinct['host'] ?? [];
  return others.length === 0 && HOST.test(host) && url.startsWith('/') && URL.canParse(`http://${host}${url}`);
}

/** A name or an address, and a port. */
const HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/** The adapter's private way to write head and body at once; without it, small answers take two packets. */
const ONE_WRITE = true;

interface Paths {
  /** Null where it is not for this request. */
  short(request: IncomingMessage, body: string, facts: RequestFacts): Promise<WholeAnswer | null>;
  yoga(request: IncomingMessage, response: ServerResponse, facts: RequestFacts): Response | Promise<Response>;
}

interface ListenerOptions extends RequestOptions {
  recorder: Recorder;
  identify(authorization: string[], known: Pick<RequestFacts, 'record' | 'origin'>): Promise<Identity>;
  /** Of one user. */
  requestsAtOnce: number;
  /** What its operations may cost together. */
  limits: { cost: number };
  /** Whether the server is told to stop. */
  isLeaving(): boolean;
  now(): Date;
}
