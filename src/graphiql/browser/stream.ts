import type { Answer, Session } from './session.ts';

/**
 * The events of a subscription for as long as its session lasts, though the server ends each stream with its token. When there is a
 * new token the next stream is opened before the old one is left, so that nothing is missed between; some may then come twice.
 * What is cut without `complete` is opened again.
 */
export function keepStream(first: Opened, { open, heed, session, signal }: Options): Response {
  /** Milliseconds. */
  const PAUSE = 1000;
  const readerOf = ({ token, response }: Opened) => {
    const body = response.body ?? new Blob().stream();
    return { token, pieces: body.pipeThrough(new TextDecoderStream()).getReader() };
  };
  let current = readerOf(first);
  let replacing: Promise<void> | null = null;

  /** One at a time; where it fails, the old one goes on until it ends. */
  function replace() {
    replacing ??= open()
      .then((opened) => {
        // Of a server that is starting.
        if (opened.response.status >= 500) return;
        const old = current;
        current = readerOf(opened);
        // What was said in it may be on its way yet.
        setTimeout(() => old.pieces.cancel().catch(() => {}), PAUSE);
      })
      .catch(() => {})
      .finally(() => {
        replacing = null;
      });
    return replacing;
  }

  /** With whatever token there is now; where nobody is signed in any more, the server ends it. */
  const follow = () => session.who() && replace();

  async function* events() {
    session.changed.add(follow);
    try {
      while (!signal?.aborted) {
        const { token, pieces } = current;
        for await (const event of eventsOf(pieces)) {
          const answer = answerIn(event);
          if (answer && token && session.isStale(answer)) {
            await session.renew(token);
            break;
          }
          if (answer) heed(answer);
          yield event;
          if (/^event: complete$/m.test(event)) return;
        }
        if (pieces !== current.pieces || signal?.aborted) continue;
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        if (pieces === current.pieces) await replace();
      }
    } finally {
      session.changed.delete(follow);
    }
  }

  /** Until the stream ends, is cut or is left. */
  async function* eventsOf(pieces: ReadableStreamDefaultReader<string>) {
    let text = '';
    for (;;) {
      const { value, done } = await pieces.read().catch(() => ({ value: '', done: true }));
      if (done) return;
      const whole = (text + value).split('\n\n');
      text = whole.pop() ?? '';
      yield* whole;
    }
  }

  /** A comment, which keeps the connection alive, has none. */
  function answerIn(event: string): Answer | null {
    const [, data = 'null'] = /^data: (.+)$/m.exec(event) ?? [];
    return JSON.parse(data);
  }

  const all = events();
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    async pull(controller) {
      const { value, done } = await all.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(`${value}\n\n`));
    },
  });
  return new Response(body, first.response);
}

export interface Opened {
  token: string | undefined;
  response: Response;
}

interface Options {
  /** Asks once more, with the token of that moment. */
  open(): Promise<Opened>;
  /** Told of every event. */
  heed(answer: Answer): void;
  session: Session;
  signal: AbortSignal | null | undefined;
}
