import { request } from 'node:http';
import SchemaBuilder from '@pothos/core';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { expect, test, vi } from 'vitest';
import { scopeAuthOptions } from '../../src/access/enforcing.ts';
import AccessPlugin from '../../src/access/plugin.ts';
import { rules } from '../../src/access/rules.ts';
import type { Context } from '../../src/context.ts';
import { startApp } from '../kit/app.ts';
import { statementsOf } from '../kit/statements.ts';

// What the app does by itself, twice a second, is not what a request costs.
vi.useFakeTimers({ toFake: ['setInterval'] });
const app = await startApp();
const ann = await app.as('ann');
const T = ann.accessToken;

/** Sends the headers line by line, as no client of today would. */
function codeOf(authorization: string[], path = '/graphql', more: Record<string, string> = {}) {
  return new Promise<string | null>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...more, authorization: authorization as never };
    const sent = request(app.url + path, { method: 'POST', headers }, async (response) => {
      const { errors } = JSON.parse((await response.toArray()).join(''));
      resolve(errors?.[0].extensions.code ?? null);
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ query: '{ me { id } }', extensions: { token: T, authorization: `Bearer ${T}` } }));
  });
}

test.each([
  [null, 'the scheme and the token', [`Bearer ${T}`]],
  [null, 'the scheme in small letters', [`bearer ${T}`]],
  [null, 'the scheme in capitals', [`BEARER ${T}`]],
  [null, 'several spaces', [`Bearer    ${T}`]],
  [null, 'space around', [`   Bearer ${T}   `]],
  [null, 'a tab between', [`Bearer\t${T}`]],
  ['UNAUTHENTICATED', 'no header', []],
  ['UNAUTHENTICATED', 'an empty header', ['']],
  ['UNAUTHENTICATED', 'the token without a scheme', [T]],
  ['UNAUTHENTICATED', 'the scheme without a space', [`Bearer${T}`]],
  ['UNAUTHENTICATED', 'a colon after the scheme', [`Bearer: ${T}`]],
  ['UNAUTHENTICATED', 'another scheme', [`Basic ${T}`]],
  ['UNAUTHENTICATED', 'the scheme JWT', [`JWT ${T}`]],
  ['INVALID_TOKEN', 'the scheme alone', ['Bearer']],
  ['INVALID_TOKEN', 'the scheme and space', ['Bearer   ']],
  ['INVALID_TOKEN', 'two tokens', [`Bearer ${T} ${T}`]],
  ['INVALID_TOKEN', 'two tokens with a comma', [`Bearer ${T}, Bearer ${T}`]],
  ['INVALID_TOKEN', 'a comma after it', [`Bearer ${T},`]],
  ['INVALID_TOKEN', 'something after it', [`Bearer ${T} x`]],
  ['INVALID_TOKEN', 'quotes', [`Bearer "${T}"`]],
  ['INVALID_TOKEN', 'a name before it', [`Bearer token=${T}`]],
  ['INVALID_TOKEN', 'the scheme twice', [`Bearer Bearer ${T}`]],
  ['INVALID_TOKEN', 'the same header twice', [`Bearer ${T}`, `Bearer ${T}`]],
  ['INVALID_TOKEN', 'a second header with nonsense', [`Bearer ${T}`, 'Bearer nonsense']],
  ['INVALID_TOKEN', 'a second header of another scheme', [`Bearer ${T}`, 'Basic eDp5']],
  ['INVALID_TOKEN', 'a first header of another scheme', ['Basic eDp5', `Bearer ${T}`]],
  ['INVALID_TOKEN', 'an empty header and a right one', ['', `Bearer ${T}`]],
])('%s: %s', async (code, _what, headers) => {
  expect(await codeOf(headers)).toBe(code);
});

test.each([
  ['access_token in the query string (RFC 6750 §2.3)', `/graphql?access_token=${T}`, {}],
  ['token in the query string', `/graphql?token=${T}&jwt=${T}`, {}],
  ['the header as a parameter', `/graphql?authorization=Bearer%20${T}&Authorization=Bearer%20${T}`, {}],
  ['a cookie', '/graphql', { cookie: `access_token=${T}; token=${T}; authorization=Bearer ${T}; jwt=${T}` }],
  [
    'other headers',
    '/graphql',
    { 'x-access-token': T, 'x-authorization': `Bearer ${T}`, 'proxy-authorization': `Bearer ${T}` },
  ],
])('an access token is read from nowhere else: not from %s, nor from the body', async (_where, path, headers) => {
  expect(await codeOf([], path, headers)).toBe('UNAUTHENTICATED');
  expect(await codeOf([`Bearer ${T}`], path, headers)).toBe(null);
});

test('nobody sent a token, so the challenge names no error', async () => {
  const { status, headers } = await app.ask('{ me { id } }', {}, { authorization: 'Basic eDp5' });
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toBe('Bearer');
});

test('an authenticated request makes no database query for authentication', async () => {
  const access = { rules, identify: (context: Context) => context.identity.current() };
  const builder = new SchemaBuilder<{ Context: Context; DefaultFieldNullability: false }>({
    plugins: [AccessPlugin, ScopeAuthPlugin],
    defaultFieldNullability: false,
    access,
    scopeAuth: scopeAuthOptions(access),
  } as never);
  builder.queryType({
    fields: (t) => ({
      now: t.string({ auth: ['AUTHENTICATED'], resolve: () => 'here' } as never),
      admin: t.string({ auth: ['ADMIN'], nullable: true, resolve: () => 'there' } as never),
    }),
  });
  const small = await startApp({ besides: app, schema: builder.toSchema() });
  const headers = { authorization: `Bearer ${T}` };
  expect(await statementsOf(() => small.ask('{ now }'))).toEqual([]);
  let answer: object = {};
  const statements = await statementsOf(async () => {
    answer = await small.ask('{ now admin }', {}, headers);
  });
  expect(answer).toMatchObject({ data: { now: 'here', admin: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  expect(statements).toEqual([]);
  expect(await statementsOf(() => small.db.user.count())).not.toEqual([]);
});
