import type { Answer, Session } from './session.ts';
import type { keepStream as KeepStream, Opened } from './stream.ts';

/** The page's fetch, with the session's token in every request that has no Authorization header of its own. */
export function withSession(
  send: typeof fetch,
  session: Session,
  { askPassword, keepStream, note }: Parts,
): typeof fetch {
  return async (input, init) => {
    const isTheirs = new Headers(init?.headers).has('authorization');

    const open = async (): Promise<Opened> => {
      const token = isTheirs ? undefined : await session.token();
      const headers = new Headers(init?.headers);
      if (token) headers.set('authorization', `Bearer ${token}`);
      return { token, response: await send(input, { ...init, headers }) };
    };
    const heed = (answer: Answer) => {
      note(answer);
      if (!isTheirs) session.heed(answer);
    };

    let opened = await open();
    if (isStream(opened.response)) return keepStream(opened, { open, heed, session, signal: init?.signal });
    let answer = await answerIn(opened.response);
    if (opened.token && session.isStale(answer)) {
      await session.renew(opened.token);
      if (mayBeRepeated(String(init?.body))) opened = await open();
      answer = await answerIn(opened.response);
    }
    const wantsPassword = answer.errors?.some(({ extensions }) => extensions?.code === 'REAUTHENTICATION_REQUIRED');
    if (opened.token && wantsPassword && (await askPassword())) {
      if (mayBeRepeated(String(init?.body))) opened = await open();
      answer = await answerIn(opened.response);
    }
    heed(answer);
    return opened.response;
  };

  /** Of a mutation with several fields some may be done. As GraphiQL prints it, each begins a line that is indented once. */
  function mayBeRepeated(body: string) {
    const { query } = JSON.parse(body);
    const hasOneField = /^\s*mutation\b[^{]*\{\s*(\w+\s*:\s*)?\w+\s*(\([^()]*\))?\s*(\{[^{}]*\})?\s*\}\s*$/;
    return !/^mutation\b/m.test(query) || hasOneField.test(query) || query.match(/^ {2}\w/gm)?.length === 1;
  }

  function isStream({ headers }: Response) {
    return headers.get('content-type')?.startsWith('text/event-stream');
  }

  /** What is no JSON tells nothing. */
  function answerIn(response: Response): Promise<Answer> {
    return response
      .clone()
      .json()
      .catch(() => ({}));
  }
}

interface Parts {
  /** Whether the viewer has given their password once more. */
  askPassword(): Promise<boolean>;
  keepStream: typeof KeepStream;
  /** Told of every answer. */
  note(answer: Answer): void;
}
