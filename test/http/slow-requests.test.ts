import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { dataDirectory } from '../kit/directory.ts';
import { serve } from '../kit/server-process.ts';
import { runsThorough } from '../kit/thorough.ts';

const waits = runsThorough('who is slow at asking');

test.skipIf(!waits)(
  'what comes too slowly is ended within 30 s, and others are served',
  { timeout: 60_000 },
  async () => {
    const server = await serve({ DATA_DIR: dataDirectory() });
    const open = (text: string) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write(text);
      return socket;
    };
    const from = performance.now();
    const post = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    const slow = {
      'no headers': open(''),
      'half the headers': open('GET /health HTTP/1.1\r\nHost: local'),
      'half the body': open(`${post}Content-Length: 100\r\n\r\n{"query"`),
      'a chunk without an end': open(`${post}Transfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n`),
    };
    const drip = setInterval(() => Object.values(slow).forEach((socket) => void socket.write(' ')), 1000);
    // Ended or reset.
    await Promise.all(Object.values(slow).map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    clearInterval(drip);
    expect(performance.now() - from).toBeLessThan(30_000);
    expect((await server.ask('{ __typename }')).status).toBe(200);
  },
);
