import { describe, expect, test } from 'vitest';
import { PASSWORD, startApp } from '../kit/app.ts';
import { LOGOUT, ME } from '../kit/requests.ts';
import { lineOf, toldOf } from './told.ts';

const app = await startApp({ env: { TRUST_PROXY: '1' } });
const HTTPS = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' };
const LOGIN = (email: string, password: string) =>
  `login(input: { email: "${email}", password: "${password}" }) { user { id } }`;
const ann = await signUp('ann@example.com');

async function signUp(email: string) {
  const { data } = await app.ask(
    `mutation { signup(input: { email: "${email}", password: "${PASSWORD}" }) { accessToken refreshToken user { id } } }`,
    {},
    HTTPS,
  );
  const { accessToken, refreshToken, user } = data.signup;
  return { id: user.id, headers: { ...HTTPS, authorization: `Bearer ${accessToken}` }, refreshToken };
}

test('a request is told of in one line: what, whose, from where, how it was answered and how long it took', async () => {
  let requestId: string | null = null;
  const lines = await toldOf(app, async () => {
    ({ requestId } = await app
      .ask('query Mine { me { id } }', {}, ann.headers)
      .then(({ headers }) => ({ requestId: headers.get('x-request-id') })));
  });
  expect(lines).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      pid: process.pid,
      hostname: expect.any(String),
      requestId,
      address: '192.0.2.7',
      userId: ann.id,
      type: 'query',
      operation: 'Mine',
      status: 200,
      milliseconds: expect.any(Number),
      msg: 'request',
    },
  ]);
});

test('what is refused is in the same line: each code with its count, and why the first of the gravest was', async () => {
  const NOBODYS = 'one: user(id: "1") { id } two: user(id: "1") { id }';
  const line = await lineOf(app, () => app.ask(`{ ${NOBODYS} }`, {}, HTTPS));
  expect(line).toMatchObject({
    level: 30,
    status: 401,
    codes: { UNAUTHENTICATED: 2 },
    code: 'UNAUTHENTICATED',
    path: 'one',
    detail: expect.any(String),
  });
  await app.db.$executeRaw`ALTER TABLE "User" RENAME TO "Gone"`;
  const failing = await lineOf(app, () =>
    app.ask(`{ wrong: user(id: "1") { id } broken: user(id: "${ann.id}") { id } }`, {}, ann.headers),
  );
  await app.db.$executeRaw`ALTER TABLE "Gone" RENAME TO "User"`;
  expect(failing).toMatchObject({ level: 50, path: 'broken', err: { stack: expect.stringContaining('at ') } });
});

test('a document that cannot be used has its code, and no name', async () => {
  const line = await lineOf(app, () => app.ask('query Mine { nothing }', {}, HTTPS));
  expect(line).toMatchObject({ endpoint: '/graphql', codes: { BAD_USER_INPUT: 1 } });
  expect(line).not.toHaveProperty('operation');
});

test('who signs in is told of by the same request, and who has signed out, too', async () => {
  const bob = await signUp('bob@example.com');
  const login = () => app.ask(`mutation { ${LOGIN('bob@example.com', PASSWORD)} }`, {}, HTTPS);
  expect(await lineOf(app, login)).toMatchObject({ userId: bob.id });
  expect(await lineOf(app, () => app.ask('mutation { logout }', {}, bob.headers))).toMatchObject({ userId: bob.id });
  const after = await lineOf(app, () => app.ask(ME, {}, bob.headers));
  expect(after).toMatchObject({ userId: bob.id, codes: { SESSION_ENDED: 1 } });
  expect(await lineOf(app, () => app.ask(LOGOUT, { token: bob.refreshToken }, HTTPS))).not.toHaveProperty('userId');
});

describe('the path that a request takes', () => {
  test.each([
    ['what is answered', 'query Mine { me { id } }'],
    ['what is refused', '{ users { totalCount } }'],
    ['what cannot be executed', 'query Mine($id: ID!) { me { id } user(id: $id) { id } }'],
    ['what is no document', '{'],
  ])('makes no difference to the line: %s', async (_name, query) => {
    const same = (line: object) => ({ ...line, time: 0, requestId: '', milliseconds: 0 });
    const short = await lineOf(app, () => app.ask(query, {}, ann.headers));
    const origin = { ...ann.headers, origin: 'https://elsewhere.example' };
    expect(same(await lineOf(app, () => app.ask(query, {}, origin)))).toEqual(same(short));
  });
});

describe('what is no GraphQL', () => {
  const get = (path: string) => fetch(`${app.url}${path}`, { headers: HTTPS });

  test('is told of by its address, if that is one of ours', async () => {
    const jwks = await lineOf(app, () => get('/.well-known/jwks.json?token=hunter2'));
    expect(jwks).toMatchObject({ level: 30, endpoint: '/.well-known/jwks.json', status: 200 });
    const line = await lineOf(app, () => get('/hunter2'));
    expect(line).toMatchObject({ level: 30, status: 404 });
    expect(JSON.stringify([jwks, line])).not.toContain('hunter2');
  });

  test.each(['/health', '/ready'])('is told of at level debug where it is a probe: %s', async (path) => {
    expect(await lineOf(app, () => get(path))).toMatchObject({ level: 20, endpoint: path, status: 200 });
  });

  test('is told of where it is refused before anybody looks into it', async () => {
    const line = await lineOf(app, () => fetch(`${app.url}/graphql`, { method: 'POST', body: '{}' }));
    expect(line).toMatchObject({ status: 403 });
  });
});

const TRACE = '0af7651916cd43dd8448eb211c80319c';
test.each([
  ['the header as it is today', `00-${TRACE}-b7ad6b7169203331-01`, TRACE],
  ['a version to come, with more in it', `cc-${TRACE}-b7ad6b7169203331-01-what-else`, TRACE],
  ['today’s with more in it', `00-${TRACE}-b7ad6b7169203331-01-what-else`, undefined],
  ['the version that is none', `ff-${TRACE}-b7ad6b7169203331-01`, undefined],
  ['capitals', `00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`, undefined],
  ['no trace', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, undefined],
  ['no parent', `00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
  ['too short a trace', `00-${TRACE.slice(1)}-b7ad6b7169203331-01`, undefined],
  ['another line', `00-${TRACE}-b7ad6b7169203331-01 {"level":60}`, undefined],
  ['nothing', '', undefined],
])('the trace id of traceparent is taken over if it is valid: %s', async (_name, traceparent, traceId) => {
  const line = await lineOf(app, () => app.ask('{ __typename }', {}, { ...HTTPS, traceparent }));
  expect(line['traceId']).toBe(traceId);
});

test('no input makes a line of its own, nor a long one', async () => {
  const name = 'n'.repeat(5000);
  const forged = '"}{"level":60,"msg":"forged"}';
  const lines = await toldOf(app, () =>
    app.ask(
      `query ${name} { ${name}: user(id: "1") { id } }`,
      {},
      { ...ann.headers, 'user-agent': forged, 'x-forwarded-for': forged },
    ),
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 30,
    msg: 'request',
    operation: name.slice(0, 200),
    path: name.slice(0, 200),
  });
  expect(app.logged.at(-1)?.length).toBeLessThan(1500);
});

test('who goes away before the answer is told of, as that', async () => {
  const line = await lineOf(app, async () => {
    const body = JSON.stringify({ query: '{ me { id } }' });
    const request = new AbortController();
    const asked = fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...HTTPS, 'content-type': 'application/json', 'content-length': '1000' },
      body: new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode(body)) }),
      duplex: 'half',
      signal: request.signal,
    } as RequestInit);
    setTimeout(() => request.abort(), 100);
    await asked.catch(() => {});
  });
  expect(line).toMatchObject({ level: 30, aborted: true });
  expect(line).not.toHaveProperty('status');
});
