import { once } from 'node:events';
import { connect } from 'node:net';

/** A subscription over a connection of its own, whose reader takes nothing from the network until it is told to. */
export async function openRaw(url: string, query: string, accessToken: string): Promise<RawStream> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname });
  const body = JSON.stringify({ query });
  const head = [
    'POST /graphql HTTP/1.1',
    `host: ${host}`,
    `authorization: Bearer ${accessToken}`,
    'accept: text/event-stream',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  await once(socket, 'readable');
  return {
    async readAll() {
      let text = '';
      for await (const chunk of socket) {
        text += chunk;
        if (COMPLETE.test(text)) break;
      }
      return text;
    },
    close: () => socket.destroy(),
  };
}

const COMPLETE = /event: complete\n[\s\S]*?\n\n/;

export interface RawStream {
  /** All that was sent, once the stream is complete or the server has closed the connection. */
  readAll(): Promise<string>;
  close(): void;
}
