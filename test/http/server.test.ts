import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { dataDirectory } from '../kit/directory.ts';
import { type Server, serve } from '../kit/server-process.ts';

const HEALTH = 'GET /health HTTP/1.1\r\n';

describe('a server', () => {
  let server: Server;
  beforeAll(async () => {
    server = await serve({ DATA_DIR: dataDirectory(), MAX_CONNECTIONS: '10' });
  }, 60_000);

  /** A connection on which this was sent. */
  function open(text: string): Socket {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('utf8');
    socket.on('error', () => {});
    socket.write(text);
    return socket;
  }
  /** Whether it is reset or ended. */
  const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
  const statusFor = async (text: string) => {
    const [answer = ''] = await once(open(`${text}Connection: close\r\n\r\n`), 'data');
    return Number(String(answer).split(' ')[1]);
  };

  test.each(['localhost', 'localhost:4000', 'api.example.com', 'my_api:80', '127.0.0.1:4000', '[::1]:4000', '[::1]'])(
    'takes the Host %s',
    async (host) => expect(await statusFor(`${HEALTH}Host: ${host}\r\n`)).toBe(200),
  );

  test.each([
    '',
    'a b',
    'user@evil.example',
    'evil.example/path',
    'evil.example?',
    'evil.example#',
    'evil.example:80:80',
    'evil.example:port',
    'http://evil.example',
    'a,b',
    'münchen.example',
    '[::1',
    'evil.example\\x',
  ])('refuses the Host "%s"', async (host) => expect(await statusFor(`${HEALTH}Host: ${host}\r\n`)).toBe(400));

  test('refuses a second Host, and none where there must be one', async () => {
    expect(await statusFor(`${HEALTH}Host: localhost\r\nHost: evil.example\r\n`)).toBe(400);
    expect(await statusFor(HEALTH)).toBe(400);
  });

  test('refuses a target that is no path', async () => {
    expect(await statusFor('GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n')).toBe(400);
  });

  test('has ten connections at a time where ten are allowed, and the next when one is given back', async () => {
    const sockets = Array.from({ length: 10 }, () => open(`${HEALTH}Host: localhost\r\n\r\n`));
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    const refused = open(`${HEALTH}Host: localhost\r\n\r\n`);
    await closed(refused);
    expect(refused.bytesRead).toBe(0);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => statusFor(`${HEALTH}Host: localhost\r\n`).catch(() => 0), { timeout: 5000 }).toBe(200);
  });
});
