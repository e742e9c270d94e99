import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { SECRET } from '../kit/app.ts';
import { dataDirectory } from '../kit/directory.ts';
import { freePort } from '../kit/own-postgres.ts';
import { latchkey, type Server, serve } from '../kit/server-process.ts';

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
    const sockets: Socket[] = [];
    const openOne = async () => {
      const socket = open(`${HEALTH}Host: localhost\r\n\r\n`);
      const answered = new Promise((resolve) => socket.once('data', () => resolve(true)));
      if (await Promise.race([answered, closed(socket).then(() => false)])) sockets.push(socket);
      return sockets.length;
    };
    // Those of the tests before may not be given back yet.
    await expect.poll(openOne, { interval: 1, timeout: 5000 }).toBe(10);
    const refused = open(`${HEALTH}Host: localhost\r\n\r\n`);
    await closed(refused);
    expect(refused.bytesRead).toBe(0);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => statusFor(`${HEALTH}Host: localhost\r\n`).catch(() => 0), { timeout: 5000 }).toBe(200);
  });
});

test('a server whose database is away can be heard by the pages that are listed, and by no other', async () => {
  const [port, nobody] = [await freePort(), await freePort()];
  const listed = 'https://app.example.com';
  const starting = latchkey([], {
    DATABASE_URL: `postgres://postgres@127.0.0.1:${nobody}/postgres`,
    JWT_SECRET: SECRET,
    PORT: `${port}`,
    CORS_ORIGINS: listed,
  });
  await starting.says(/the database cannot be reached/);
  const from = async (origin: string, method: string) => {
    const asks = method === 'OPTIONS' && { 'access-control-request-headers': 'authorization' };
    const { status, headers } = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method,
      headers: { origin, ...asks },
    });
    const allowed = ['origin', 'headers', 'methods'].map((what) => headers.get(`access-control-allow-${what}`));
    return [status, headers.get('vary'), ...allowed];
  };
  expect(await from(listed, 'OPTIONS')).toEqual([204, 'Origin', listed, 'authorization', 'GET, POST']);
  expect(await from(listed, 'POST')).toEqual([503, 'Origin', listed, null, null]);
  for (const method of ['OPTIONS', 'POST'])
    expect(await from('https://evil.example', method)).toEqual([503, 'Origin', null, null, null]);
});
