import { errorsIn, type GraphQLError, Refusal, type Session } from './session.ts';

/**
 * The events of a subscription, from one stream after the other. The next is open before the one before is left, so that none is
 * missed, and some may come twice. Nothing is replayed: whenever it is `connected`, the page fetches again what it shows.
 * It is over when it is closed, nobody is signed in, or the server refuses for good.
 */
export function openLive(session: Session, request: object, sink: LiveSink): () => void {
  const streams = new Set<AbortController>();
  let latest: AbortController | undefined;
  let next: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;

  async function open(pause = SHORTEST) {
    const before = [...streams];
    const stream = new AbortController();
    latest = stream;
    streams.add(stream);
    try {
      // What is refused is no stream.
      const headers = { 'content-type': 'application/json', accept: 'text/event-stream, application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(request), signal: stream.signal };
      const response = await heard(stream, session.fetch(session.url, init));
      if (!response.body || !isStream(response)) throw new Refusal((await errorsIn(response))[0]);
      // What was said in them may be on its way yet.
      setTimeout(() => {
        for (const one of before) one.abort();
      }, SHORTEST);
      next = setTimeout(open, Math.max(session.renewsIn(), SHORTEST));
      sink.connected();
      for await (const result of resultsOf(response.body, stream)) {
        if (result.errors && !result.data) throw new Refusal(result.errors[0]);
        sink.next(result);
      }
    } catch (error) {
      if (error instanceof Refusal && FOR_GOOD.has(error.extensions.code)) end(error);
    }
    stream.abort();
    streams.delete(stream);
    if (isOver || stream !== latest) return;
    // Whatever it ended with, `complete` too: a server that stops says that. If the session is over, the next is refused.
    clearTimeout(next);
    next = setTimeout(open, pause * (0.5 + Math.random() / 2), Math.min(pause * 2, LONGEST));
  }

  function end(refusal?: Refusal) {
    if (isOver) return;
    isOver = true;
    unsubscribe();
    clearTimeout(next);
    for (const stream of streams) stream.abort();
    if (refusal) sink.error(refusal);
    else sink.complete();
  }

  const unsubscribe = session.onChange((before) => {
    if (!session.user) end();
    else if (before && before.id !== session.user.id) for (const stream of streams) stream.abort();
  });
  void open();
  return () => end();
}

const isStream = ({ headers }: Response) => headers.get('content-type')?.startsWith('text/event-stream');

async function* resultsOf(body: ReadableStream<BufferSource>, stream: AbortController): AsyncGenerator<Result> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ; ) {
    const chunk = await heard(stream, reader.read());
    if (chunk.done) return;
    const events = (text + chunk.value).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const [, data] = /^data: (.+)$/m.exec(event) ?? [];
      if (data) yield JSON.parse(data);
    }
  }
}

/** The server says something every 12 seconds: a stream that is silent for longer has lost its connection. */
async function heard<T>(stream: AbortController, promise: Promise<T>): Promise<T> {
  const timer = setTimeout(() => stream.abort(), SILENCE);
  return promise.finally(() => clearTimeout(timer));
}

const SHORTEST = 500;
const LONGEST = 10_000;
const SILENCE = 30_000;
const FOR_GOOD = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT']);

type Result = { data?: Record<string, unknown> | null; errors?: GraphQLError[] };
type LiveSink = { connected(): void; next(result: Result): void; error(refusal: Refusal): void; complete(): void };
