import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { codesOf, postTo } from './post.ts';

const { url, db, logged } = await startApp();
const post = postTo(url);
const QUERY = JSON.stringify({ query: '{ __typename }' });
const ask = (params: Record<string, string>, headers: Record<string, string>, method = 'GET') =>
  fetch(`${url}/graphql?${new URLSearchParams(params)}`, { method, headers });
const SIGNUP = `mutation { signup(input: { email: "ann@example.com", password: "correct horse battery staple" }) { tokenType } }`;

test('a JSON post is answered', async () => {
  const response = await post(QUERY);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  expect((await post(QUERY, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
});

describe('nothing is posted but JSON', () => {
  const form = new URLSearchParams({ query: SIGNUP }).toString();

  test.each([
    ['a form', 'application/x-www-form-urlencoded', form],
    ['plain text', 'text/plain', JSON.stringify({ query: SIGNUP })],
    ['a bare document', 'application/graphql', SIGNUP],
    [
      'a multipart form',
      'multipart/form-data; boundary=x',
      `--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: SIGNUP })}\r\n--x--\r\n`,
    ],
    ['a type that only begins like JSON', 'application/jsonx', JSON.stringify({ query: SIGNUP })],
    ['two types', 'text/plain, application/json', JSON.stringify({ query: SIGNUP })],
    ['JSON in another encoding', 'application/json; charset=utf-16', JSON.stringify({ query: SIGNUP })],
  ])('%s is refused and does nothing', async (_name, type, body) => {
    const response = await post(body, { 'content-type': type });
    expect([response.status, await codesOf(response)]).toEqual([415, ['BAD_USER_INPUT']]);
    expect(await db.user.count()).toBe(0);
  });

  test.each(['PUT', 'DELETE', 'HEAD', 'PATCH'])('%s is refused', async (method) => {
    const response = await ask({ query: '{ __typename }' }, { accept: 'application/json' }, method);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
    if (method !== 'HEAD') expect(await codesOf(response)).toEqual(['BAD_USER_INPUT']);
  });

  test.each(['/', '/nowhere', '/graphql/', '//graphql', '/x/graphql', '/GraphQL', '/graphql%2f'])(
    '%s is not the address of anything, whatever is posted there',
    async (path) => {
      for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
        const response = await postTo(url, path)(type.endsWith('json') ? QUERY : form, { 'content-type': type });
        expect([response.status, await codesOf(response)]).toEqual([404, ['NOT_FOUND']]);
      }
      expect(await db.user.count()).toBe(0);
    },
  );

  test('/ leads whoever gets it to GraphiQL, where that is on', async () => {
    const got = await fetch(url, { redirect: 'manual' });
    expect([got.status, got.headers.get('location')]).toEqual([302, '/graphql']);
    const without = await startApp({ env: { GRAPHIQL: 'off' } });
    const refused = await fetch(without.url, { redirect: 'manual' });
    expect([refused.status, await codesOf(refused)]).toEqual([404, ['NOT_FOUND']]);
  });
});

const NAMED_SIGNUP = SIGNUP.replace('mutation', 'mutation Mutation');

describe('GET', () => {
  const OF_URQL = 'application/graphql-response+json, application/graphql+json, application/json, multipart/mixed';
  const get = (params: Record<string, string>, headers: Record<string, string> = {}) =>
    ask(params, { accept: OF_URQL, ...headers });

  test('answers a query, with variables and by the name of its operation, as a POST does', async () => {
    const query = 'query One { __typename } query Type($name: String!) { __type(name: $name) { name } }';
    const variables = { name: 'Task' };
    const response = await get({ query, operationName: 'Type', variables: JSON.stringify(variables) });
    const posted = await post(JSON.stringify({ query, operationName: 'Type', variables }), { accept: OF_URQL });
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(response.headers.get('content-type')).toBe(posted.headers.get('content-type'));
    expect(await response.json()).toEqual(await posted.json());
  });

  test('answers for whom the token names, and asks for one', async () => {
    const ann = await startApp().then((app) => app.as('ann').then((person) => ({ ...person, url: app.url })));
    const me = `${ann.url}/graphql?${new URLSearchParams({ query: '{ me { email } }' })}`;
    const headers = { accept: OF_URQL, authorization: `Bearer ${ann.accessToken}` };
    expect(await (await fetch(me, { headers })).json()).toEqual({ data: { me: { email: ann.email } } });
    expect((await fetch(me, { headers: { accept: OF_URQL } })).status).toBe(401);
  });

  test.each<[string, Record<string, string>]>([
    ['a mutation', { query: SIGNUP }],
    ['a mutation beside a query', { query: `query Q { __typename } ${NAMED_SIGNUP}`, operationName: 'Mutation' }],
    ['a refresh by cookie', { query: 'mutation { refresh { accessToken } }' }],
  ])('does nothing that is asked by %s', async (_what, params) => {
    for (const accept of [OF_URQL, 'text/event-stream, application/json']) {
      const response = await get(params, { accept, 'sec-fetch-site': 'same-origin' });
      expect(response.status).toBe(405);
      expect(await response.text()).toContain('"code":"BAD_USER_INPUT"');
    }
    expect(await db.user.count()).toBe(0);
  });

  test('says how to send a mutation', async () => {
    const response = await get({ query: SIGNUP });
    expect([response.status, response.headers.get('allow'), await codesOf(response)]).toEqual([
      405,
      'POST',
      ['BAD_USER_INPUT'],
    ]);
  });

  test('opens no stream', async () => {
    const response = await get(
      { query: 'subscription { taskChanged { kind } }' },
      { accept: 'text/event-stream, application/json' },
    );
    expect(await response.text()).toContain('"code":"BAD_USER_INPUT"');
  });

  test.each(['*/*', 'text/html, */*;q=0.8', 'image/avif, image/webp, */*', 'text/event-stream'])(
    'is not for what asks for %s, as links, images and scripts do',
    async (accept) => {
      const response = await get({ query: '{ __typename }' }, { accept });
      if (accept.includes('html')) return expect(await response.text()).not.toContain('__typename":');
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
    },
  );

  test.each<[string, Record<string, string>]>([
    ['no query', {}],
    ['variables that are no JSON', { query: '{ __typename }', variables: '{' }],
    ['variables that are a list', { query: '{ __typename }', variables: '[1]' }],
    ['a document that cannot be parsed', { query: '{' }],
  ])('%s is 400 and BAD_USER_INPUT', async (_what, params) => {
    const response = await get(params, { accept: 'application/graphql-response+json' });
    expect([response.status, await codesOf(response)]).toEqual([400, ['BAD_USER_INPUT']]);
  });
});

describe('a body that is no request', () => {
  test.each([
    ['broken JSON', '{"query": '],
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"{ __typename }"'],
    ['a number', '5'],
    ['no query', '{}'],
    ['a query that is no text', '{"query": 5}'],
    ['variables that are a text', '{"query": "{ __typename }", "variables": "x"}'],
    ['variables that are a list', '{"query": "{ __typename }", "variables": [1]}'],
    ['an operation that is not there', '{"query": "{ __typename }", "operationName": "Other"}'],
    ['two operations and no name', '{"query": "query A { __typename } query B { __typename }"}'],
    ['a batch', `[${QUERY}, ${QUERY}]`],
    ['an empty batch', '[]'],
  ])('%s is 400 and BAD_USER_INPUT', async (_name, body) => {
    for (const accept of ['*/*', 'application/json', 'application/graphql-response+json']) {
      const response = await post(body, { accept });
      expect([response.status, await codesOf(response)], accept).toEqual([400, ['BAD_USER_INPUT']]);
    }
  });

  test('compressed bodies are not read', async () => {
    expect((await post('not gzip', { 'content-encoding': 'gzip' })).status).toBe(400);
  });
});

describe('a body of 100 kB', () => {
  const ofSize = (bytes: number) => {
    const empty = JSON.stringify({ query: '{ __typename }', variables: { pad: '' } });
    return JSON.stringify({ query: '{ __typename }', variables: { pad: 'x'.repeat(bytes - empty.length) } });
  };

  test('is read, and one with a byte more is refused', async () => {
    expect((await post(ofSize(100_000))).status).toBe(200);
    const response = await post(ofSize(100_001));
    expect([response.status, await codesOf(response)]).toEqual([413, ['BAD_USER_INPUT']]);
  });

  test('is the limit of a body without a stated length, too', async () => {
    const stream = new Blob([ofSize(100_001)]).stream();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect([response.status, await codesOf(response)]).toEqual([413, ['BAD_USER_INPUT']]);
  });
});

describe('what the client accepts', () => {
  test.each(['text/plain', 'text/html', 'application/xml', 'application/json; charset=latin1', 'nonsense'])(
    '%s cannot be had, and nothing is done',
    async (accept) => {
      const response = await post(JSON.stringify({ query: SIGNUP }), { accept });
      expect([response.status, await codesOf(response)]).toEqual([406, ['BAD_USER_INPUT']]);
      expect(await db.user.count()).toBe(0);
    },
  );

  test.each([
    ['*/*', 'application/json'],
    ['application/*', 'application/'],
    ['application/json', 'application/json'],
    ['application/graphql-response+json', 'application/graphql-response+json'],
    ['text/html, application/json;q=0.9', 'application/json'],
    ['text/event-stream', 'text/event-stream'],
  ])('%s is given as %s', async (accept, type) => {
    const response = await post(QUERY, { accept });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    await response.text();
  });
});

test('who goes away in the middle of a body is no failure of ours', async () => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n';
  await new Promise<void>((written) => socket.write(`${head}{"query"`, () => written()));
  socket.resetAndDestroy();
  await new Promise((closed) => socket.once('close', closed));
  // What came before is seen to before this is answered.
  for (let n = 0; n < 5; n++) expect((await post(QUERY)).status).toBe(200);
  const failures = logged.map((line) => JSON.parse(line)).filter(({ level, requestId }) => level >= 50 && requestId);
  expect(failures).toEqual([]);
});

test('a Host that cannot be part of an address is a bad request, not a failure that shows the inside', async () => {
  const answer = await new Promise<string>((resolve) => {
    let received = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('data', (chunk) => (received += chunk)).on('close', () => resolve(received));
    socket.end('GET /graphql HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n');
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"BAD_USER_INPUT"');
  expect(answer).not.toMatch(/\bat |node_modules/);
});
