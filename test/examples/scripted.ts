import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterFile } from '../kit/cleanup.ts';

/** A server that signs everybody in, whose streams do what the test says: end in each manner that there is, or may be yet. */
export async function startScripted(): Promise<Scripted> {
  const opened = queue<ScriptedStream>();
  const refusals: Refused[] = [];
  const open = new Set<ServerResponse>();
  const script = { expiresIn: 900, gate: Promise.resolve() };
  const triedAt: number[] = [];
  let grants = 0;

  const server = createServer(async (request, response) => {
    const { query, variables } = JSON.parse(await text(request));
    if (query.startsWith('mutation')) return answer(response, 200, { data: granted(variables.input) });
    triedAt.push(performance.now());
    const refused = refusals.shift();
    if (refused) return answer(response, refused.status, { errors: [errorOf(refused.code)] });
    const beside = open.size;
    open.add(response);
    const closed = new Promise<void>((resolve) => response.on('close', resolve)).then(() => void open.delete(response));
    opened.push({
      token: request.headers.authorization?.split(' ')[1],
      beside,
      closed,
      write: (chunk) => void response.write(chunk),
      next: (result) => void response.write(`event: next\ndata: ${JSON.stringify(result)}\n\n`),
      complete: (code) => void response.end(`${lastEvent(code)}event: complete\ndata:\n\n`),
      cut: (code) => void response.write(lastEvent(code) || ':\n\n', () => response.destroy()),
    });
    await script.gate;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
  });

  function granted({ email }: { email?: string } = {}) {
    const user = { id: email ?? 'ann', email: email ?? 'ann', name: null, role: 'USER' };
    return { grant: { accessToken: `${++grants}`, refreshToken: 'r', expiresIn: script.expiresIn, user } };
  }

  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  afterFile(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, script, triedAt, opened: opened.next, refuse: (status, code) => void refusals.push({ status, code }) };
}

/** What was pushed, in order, for whoever waits for it. */
export function queue<T>(): { push(item: T): void; next(): Promise<T> } {
  const items: T[] = [];
  const waiting: ((item: T) => void)[] = [];
  return {
    push(item) {
      const first = waiting.shift();
      if (first) first(item);
      else items.push(item);
    },
    next: () => new Promise((resolve) => (items.length > 0 ? resolve(items.shift() as T) : waiting.push(resolve))),
  };
}

const answer = (response: ServerResponse, status: number, body: object) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const errorOf = (code: string) => ({ message: code, extensions: { code } });

const lastEvent = (code: string | undefined) =>
  code ? `event: next\ndata: ${JSON.stringify({ errors: [errorOf(code)] })}\n\n` : '';

interface Scripted {
  url: string;
  script: {
    /** Seconds, of each token from now on. */ expiresIn: number /** What streams wait for. */;
    gate: Promise<void>;
  };
  /** When each stream was asked for. */
  triedAt: number[];
  /** Waits for the next stream. */
  opened(): Promise<ScriptedStream>;
  /** Refuses the next stream. */
  refuse(status: number, code: string): void;
}

export interface ScriptedStream {
  token: string | undefined;
  /** How many others were open when it was asked for. */
  beside: number;
  closed: Promise<void>;
  write(chunk: string): void;
  next(result: object): void;
  /** The end as the protocol has it, after a last event with this code if there is one. */
  complete(code?: string): void;
  /** The end without a word, or after such an event. */
  cut(code?: string): void;
}

interface Refused {
  status: number;
  code: string;
}
