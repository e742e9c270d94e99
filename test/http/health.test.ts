import { expect, test, vi } from 'vitest';
import { startApp } from '../kit/app.ts';

const { url, db, advance } = await startApp();
const ask = async (path: string, method = 'GET') => {
  const response = await fetch(`${url}${path}`, { method });
  return [response.status, method === 'HEAD' ? '' : await response.json()];
};

test('/health says that the process answers, /ready that the database does', async () => {
  expect(await ask('/health')).toEqual([200, { status: 'up' }]);
  expect(await ask('/ready')).toEqual([200, { status: 'ready' }]);
  expect(await ask('/health', 'HEAD')).toEqual([200, '']);
});

test('nothing else can be done there', async () => {
  for (const path of ['/health', '/ready']) expect((await ask(path, 'POST'))[0]).toBe(404);
  expect((await ask('/graphql?x=/health'))[0]).toBe(405);
  expect((await ask('/nowhere/health'))[0]).toBe(404);
});

test('a clock that is not the database’s is told, by how much, and is no reason not to serve', async () => {
  for (const ahead of [60_000, -60_000]) {
    await advance(ahead);
    const [status, body] = await ask('/ready');
    expect([status, body.status]).toEqual([200, 'ready']);
    expect(body.clockAhead / ahead).toBeGreaterThan(0.5);
    await advance(-ahead);
  }
  expect(await ask('/ready')).toEqual([200, { status: 'ready' }]);
});

test('without its database the process is up, and not ready', async () => {
  vi.spyOn(db, '$queryRaw').mockRejectedValue(new Error('connection refused'));
  expect(await ask('/health')).toEqual([200, { status: 'up' }]);
  expect(await ask('/ready')).toEqual([503, { status: 'unavailable' }]);
});
