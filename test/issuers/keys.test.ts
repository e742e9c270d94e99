import { afterEach, expect, test, vi } from 'vitest';
import { startApp, type TestApp } from '../kit/app.ts';
import { type Issuer, startIssuer } from './issuer.ts';

const ME = '{ me { id } }';
const app = await startApp();
afterEach(() => {
  vi.useRealTimers();
});

/** An issuer and a server that trusts it, and has not asked it for anything yet. */
async function trusting(): Promise<{ issuer: Issuer; server: TestApp; codeOf(token: string): Promise<unknown> }> {
  const issuer = await startIssuer();
  const server = await startApp({ besides: app, env: { TRUSTED_ISSUERS: JSON.stringify([issuer.trusted]) } });
  return { issuer, server, codeOf: (token) => server.codeOf(ME, {}, { authorization: `Bearer ${token}` }) };
}

const sign = (issuer: Issuer, jti: string, options: object = {}) =>
  issuer.sign({ sub: 'ann', jti }, { now: app.now(), ...options });
/** For what is kept for a time: the clock of the machine, not of the server. */
const elapse = (milliseconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds });

test('keys that are known go on while the issuer is away, and an unknown one is refused', async () => {
  const { issuer, codeOf } = await trusting();
  expect(await codeOf(await sign(issuer, 'one'))).toBe(null);
  issuer.manner.status = 500;
  expect(await codeOf(await sign(issuer, 'another'))).toBe(null);
  elapse(31_000);
  const unknown = () => sign(issuer, 'unknown', { header: { kid: 'unknown' } }).then(codeOf);
  expect([await unknown(), await unknown(), await codeOf(await sign(issuer, 'third'))]).toEqual([
    'INVALID_TOKEN',
    'INVALID_TOKEN',
    null,
  ]);
  expect(issuer.manner.asked, 'once, and not by each').toBe(2);
});

test('those that are ten minutes old are looked at again, by nobody who waits; one that was taken away is refused', async () => {
  const { issuer, server, codeOf } = await trusting();
  const [key] = issuer.keys;
  expect(await codeOf(await sign(issuer, 'fresh'))).toBe(null);
  const told = (text: string) => server.logged.filter((line) => line.includes(text)).length;
  issuer.manner.status = 500;
  for (const asked of [2, 3]) {
    elapse(601_000);
    expect(await codeOf(await sign(issuer, `away ${asked}`))).toBe(null);
    await expect.poll(() => issuer.manner.asked).toBe(asked);
    await expect.poll(() => told('cannot be fetched')).toBe(1);
  }
  issuer.manner.status = undefined;
  await issuer.rotate();
  elapse(601_000);
  await codeOf(await sign(issuer, 'back', { key }));
  await expect.poll(() => told('can be fetched again')).toBe(1);
  expect(await codeOf(await sign(issuer, 'taken away', { key }))).toBe('INVALID_TOKEN');
  expect(await codeOf(await sign(issuer, 'new'))).toBe(null);
});

test('a new key is fetched when a token names it, by one request for all', async () => {
  const { issuer, codeOf } = await trusting();
  expect(await codeOf(await sign(issuer, 'before'))).toBe(null);
  await issuer.rotate();
  const after = await sign(issuer, 'after');
  // Not within half a minute, or anybody could have the issuer asked as often as they like.
  expect(await codeOf(after)).toBe('INVALID_TOKEN');
  elapse(31_000);
  expect(await Promise.all(Array.from({ length: 20 }, () => codeOf(after)))).toEqual(Array(20).fill(null));
  expect(issuer.manner.asked).toBe(2);
});

test.each<[string, object]>([
  ['does not answer', { holdUp: new Promise(() => {}) }],
  ['fails', { status: 500 }],
  ['sends elsewhere', { status: 302 }],
  ['answers something else', { text: 'Hello.' }],
  ['has no keys to show', { text: '{}' }],
  ['has keys that are none', { text: '{"keys":[5]}' }],
  ['has too much to say', { text: `{"keys":[${' '.repeat(600_000)}]}` }],
])(
  'where it has no keys yet and the issuer %s, it is SERVICE_UNAVAILABLE, and nobody else waits',
  async (_name, manner) => {
    const { issuer, server, codeOf } = await trusting();
    Object.assign(issuer.manner, manner);
    const token = await sign(issuer, 'one');
    const [answer, meanwhile] = await Promise.all([
      server.ask(ME, {}, { authorization: `Bearer ${token}` }),
      server.codeOf(ME, {}, {}),
    ]);
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(meanwhile).toBe('UNAUTHENTICATED');
    expect(await codeOf(token)).toBe('SERVICE_UNAVAILABLE');
    expect(issuer.manner.asked).toBe(1);
    Object.assign(issuer.manner, { status: undefined, text: undefined, holdUp: undefined });
    elapse(6000);
    expect(await codeOf(token)).toBe(null);
  },
);
