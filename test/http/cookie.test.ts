import { expect, test, vi } from 'vitest';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import type { Answer } from '../kit/client.ts';
import { opened } from '../kit/opened.ts';
import { statementsOf } from '../kit/statements.ts';

// What the app does by itself, twice a second, is not what a request costs.
vi.useFakeTimers({ toFake: ['setInterval'] });
const LISTED = 'https://app.example.com';
const app = await startApp({ env: { CORS_ORIGINS: LISTED } });
const ann = await app.as('ann');
const host = new URL(app.url).host;
const OURS = { 'sec-fetch-site': 'same-origin' };
const byCookie = (email = ann.email) => ({ input: { email, password: PASSWORD, delivery: 'COOKIE' } });
const REFRESH = `mutation ($input: RefreshInput) { refresh(input: $input) { accessToken refreshToken } }`;
const signIn = async () => tokenSet(await app.ask(LOGIN, byCookie(), OURS));
const withCookie = (token: string) => ({ cookie: `theme=dark; __Host-refresh=${token}; lang=en`, ...OURS });

test('signup, login and refresh put the refresh token into the cookie and nowhere else', async () => {
  const signup = await app.ask(SIGNUP, byCookie('bob@example.com'), OURS);
  const login = await app.ask(LOGIN, byCookie(), OURS);
  const refresh = await app.ask(REFRESH, {}, withCookie(tokenSet(login)));
  for (const answer of [signup, login, refresh]) {
    const { accessToken, refreshToken } = Object.values(answer.data)[0] as Payload;
    expect({ status: answer.status, refreshToken }).toEqual({ status: 200, refreshToken: null });
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-refresh=[\w-]+\.[\w-]+\.[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=604800$/,
      ),
    ]);
    const token = tokenSet(answer);
    expect(opened(token).header['typ']).toBe('rt+jwt');
    expect(JSON.stringify(answer.data)).not.toContain(token.split('.')[2]);
    expect(await app.codeOf('{ me { id } }', {}, { authorization: `Bearer ${accessToken}` })).toBe(null);
  }
  expect(tokenSet(refresh)).not.toBe(tokenSet(login));
});

test('in the body there is no cookie, not even where the browser has one', async () => {
  const cookie = withCookie(await signIn());
  const login = await app.ask(LOGIN, { input: { email: ann.email, password: PASSWORD } }, cookie);
  const { refreshToken } = login.data.login;
  const refresh = await app.ask(REFRESH, { input: { refreshToken } }, cookie);
  expect(refresh.data.refresh.refreshToken).toEqual(expect.any(String));
  expect([...login.headers.getSetCookie(), ...refresh.headers.getSetCookie()]).toEqual([]);
});

test('the cookie lives as long as the session may, and with it', async () => {
  const short = await startApp({ besides: app, env: { SESSION_TTL: '2d' } });
  const login = await short.ask(LOGIN, byCookie(), OURS);
  expect(login.headers.getSetCookie()[0]).toContain('; Max-Age=172800');
  await short.advance(86_400_000);
  const refresh = await short.ask(REFRESH, {}, withCookie(tokenSet(login)));
  expect(refresh.headers.getSetCookie()[0]).toContain('; Max-Age=86400');
  await short.advance(86_400_000);
  const ended = await short.ask(REFRESH, {}, withCookie(tokenSet(refresh)));
  expect(ended.errors?.[0]?.extensions.code).toBe('REFRESH_REJECTED');
});

test('logging out ends the session of the cookie and clears it', async () => {
  const token = await signIn();
  const logout = await app.ask('mutation { logout }', {}, withCookie(token));
  expect(logout.data).toEqual({ logout: true });
  expect(logout.headers.getSetCookie()).toEqual([
    '__Host-refresh=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0',
  ]);
  expect(await app.codeOf(REFRESH, {}, withCookie(token))).toBe('REFRESH_REJECTED');
});

test('a changed password renews the cookie of its own session, for a page of ours and no other', async () => {
  const CHANGE = `mutation ($input: ChangePasswordInput!, $delivery: TokenDelivery! = COOKIE) {
    changePasswordAndRefresh(input: $input, delivery: $delivery) { accessToken refreshToken }
  }`;
  const OLD = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }';
  const { email } = await app.as('cookie-changer');
  const input = { currentPassword: PASSWORD, newPassword: PASSWORD };
  const signIn = async () => {
    const login = await app.ask(LOGIN, byCookie(email), OURS);
    return { cookie: tokenSet(login), bearer: { authorization: `Bearer ${login.data.login.accessToken}` } };
  };
  for (const document of [OLD, CHANGE]) {
    const { cookie, bearer } = await signIn();
    const changed = await app.ask(document, { input }, { ...bearer, ...withCookie(cookie) });
    expect(changed.data.changePasswordAndRefresh?.refreshToken ?? null).toBeNull();
    expect(await app.codeOf(REFRESH, {}, withCookie(cookie))).toBe('REFRESH_REJECTED');
    expect(await app.codeOf(REFRESH, {}, withCookie(tokenSet(changed)))).toBeNull();
  }

  const [{ bearer }, other] = [await signIn(), await signIn()];
  const elsewhere = await app.ask(OLD, { input }, { ...bearer, ...withCookie(other.cookie) });
  expect(elsewhere.headers.getSetCookie(), 'the cookie of another session').toEqual([]);
  const foreign = { cookie: `__Host-refresh=${other.cookie}`, origin: 'https://thief.test', ...bearer };
  expect(await app.codeOf(CHANGE, { input }, foreign)).toBe('FORBIDDEN');
  const unproven = await app.ask(OLD, { input }, foreign);
  expect([unproven.data, unproven.headers.getSetCookie()]).toEqual([{ changePassword: true }, []]);
});

const ORIGINS: [string, string | null, Record<string, string>][] = [
  ['a page of ours', null, OURS],
  ['a page of ours that names its origin too', null, { ...OURS, origin: app.url }],
  ['a page of ours in a browser without Sec-Fetch-Site', null, { origin: app.url }],
  ['a page of a listed origin', null, { 'sec-fetch-site': 'same-site', origin: LISTED }],
  ['a page of a listed origin in a browser without Sec-Fetch-Site', null, { origin: LISTED }],
  ['a page of a listed origin on another site', 'FORBIDDEN', { 'sec-fetch-site': 'cross-site', origin: LISTED }],
  ['no page: both headers missing', 'FORBIDDEN', {}],
  ['a page of the same site', 'FORBIDDEN', { 'sec-fetch-site': 'same-site', origin: 'http://other.127.0.0.1' }],
  ['a page of another site', 'FORBIDDEN', { 'sec-fetch-site': 'cross-site', origin: 'https://thief.test' }],
  ['a link or an address typed', 'FORBIDDEN', { 'sec-fetch-site': 'none' }],
  ['what says two things', 'FORBIDDEN', { 'sec-fetch-site': 'same-origin, cross-site' }],
  ['what says it in capitals', 'FORBIDDEN', { 'sec-fetch-site': 'SAME-ORIGIN' }],
  ['a page of another site that has our origin in its own', 'FORBIDDEN', { origin: `${app.url}.thief.test` }],
  ['an origin that Sec-Fetch-Site contradicts', 'FORBIDDEN', { 'sec-fetch-site': 'cross-site', origin: app.url }],
  ['another port', 'FORBIDDEN', { origin: 'http://127.0.0.1:1' }],
  ['another scheme', 'FORBIDDEN', { origin: `https://${host}` }],
  ['a sandboxed frame', 'FORBIDDEN', { origin: 'null' }],
  ['no origin at all', 'FORBIDDEN', { origin: 'nonsense' }],
  ['our origin as the referrer only', 'FORBIDDEN', { referer: `${app.url}/graphql` }],
  ['an origin that looks listed', 'FORBIDDEN', { origin: `${LISTED}.thief.test` }],
];

test.each(ORIGINS)('cookies are for pages of ours: %s gets %s', async (who, code, headers) => {
  const email = `${who.replaceAll(/\W/g, '-').toLowerCase()}@example.com`;
  const token = await signIn();
  const cookie = { cookie: `__Host-refresh=${token}`, ...headers };
  expect(await app.codeOf(SIGNUP, byCookie(email), headers)).toBe(code);
  expect(await app.codeOf(LOGIN, byCookie(), headers)).toBe(code);
  expect(await app.codeOf(REFRESH, {}, cookie)).toBe(code);
  expect(await app.codeOf('mutation { logout }', {}, cookie)).toBe(code);
  expect(await app.db.user.count({ where: { email } })).toBe(code ? 0 : 1);
  expect(await app.codeOf(REFRESH, {}, withCookie(token))).toBe(code ? null : 'REFRESH_REJECTED');
});

test('who is refused is told whom the cookie is for', async () => {
  const { errors } = await app.ask(LOGIN, byCookie(), { 'sec-fetch-site': 'cross-site', origin: LISTED });
  expect(errors?.[0]?.extensions.reason).toContain('pages of this site');
});

test('a script that has neither a refresh token nor a cookie is told to give one', async () => {
  const { errors } = await app.ask(REFRESH, {});
  expect(errors?.[0]?.extensions).toEqual({
    code: 'BAD_USER_INPUT',
    fields: { input: 'Give refreshToken: there is no cookie.' },
  });
  expect(await app.codeOf(REFRESH, {}, OURS), 'a page of ours where nobody is signed in').toBe('REFRESH_REJECTED');
});

test('who is refused has neither a cookie nor cost a query, and is told so by the status', async () => {
  const token = await signIn();
  const cookie = { cookie: `__Host-refresh=${token}`, origin: 'https://thief.test' };
  for (const [query, variables] of [
    [LOGIN, byCookie()],
    [SIGNUP, byCookie('cat@example.com')],
    [REFRESH, {}],
    ['mutation { logout }', {}],
  ] as const) {
    let answer: Answer | undefined;
    const statements = await statementsOf(async () => {
      answer = await app.ask(query, variables, cookie);
    });
    expect(answer).toMatchObject({ status: 403, data: null });
    expect(answer?.headers.getSetCookie()).toEqual([]);
    expect(statements).toEqual([]);
  }
});

test('behind TLS, a page of the same host that came without it is not ours', async () => {
  const proxied = await startApp({ besides: app, env: { TRUST_PROXY: '1' } });
  const from = (scheme: string) => ({
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '192.0.2.1',
    origin: `${scheme}://${new URL(proxied.url).host}`,
  });
  expect(await proxied.codeOf(LOGIN, byCookie(), from('https'))).toBe(null);
  expect(await proxied.codeOf(LOGIN, byCookie(), from('http'))).toBe('FORBIDDEN');
});

test.each([
  ['another name', (token: string) => `refresh=${token}`],
  ['another case', (token: string) => `__host-refresh=${token}`],
  ['a longer name', (token: string) => `x__Host-refresh=${token}`],
  ['no value', () => '__Host-refresh='],
  ['nonsense', () => '__Host-refresh=nonsense; ;=;'],
  ['quotes', (token: string) => `__Host-refresh="${token}"`],
])('the cookie is read by its name, as it was set: not with %s', async (_what, spelled) => {
  const token = await signIn();
  expect(await app.codeOf(REFRESH, {}, { cookie: spelled(token), ...OURS })).toBe('REFRESH_REJECTED');
  expect(await app.codeOf(REFRESH, {}, withCookie(token))).toBe(null);
});

test('logging out is always true, twice, with nothing, or with what is no token', async () => {
  const { data } = await app.ask(LOGIN, { input: { email: ann.email, password: PASSWORD } });
  const headers: Record<string, string>[] = [
    { authorization: `Bearer ${data.login.accessToken}` },
    {},
    { authorization: 'Bearer nonsense' },
  ];
  for (const header of [...headers, ...headers]) {
    expect((await app.ask('mutation { logout }', {}, header)).data).toEqual({ logout: true });
  }
  const nonsense = 'mutation { logout(input: { refreshToken: "nonsense" }) }';
  expect((await app.ask(nonsense)).data).toEqual({ logout: true });
});

test('logging out ends the session of an access token that may not be taken any more', async () => {
  const sessionOf = async () =>
    (await app.ask(LOGIN, { input: { email: 'dan@example.com', password: PASSWORD } })).data.login;
  const dan = await app.as('dan');
  const expired = await sessionOf();
  await app.advance(20 * 60_000);
  const outdated = await sessionOf();
  const root = await app.as('root', 'ADMIN');
  await root.ask('mutation ($id: ID!) { setUserRole(userId: $id, role: ADMIN) { id } }', { id: dan.id });

  for (const { accessToken, refreshToken } of [expired, outdated]) {
    const authorization = `Bearer ${accessToken}`;
    expect(await app.codeOf('{ me { id } }', {}, { authorization })).toBe('TOKEN_EXPIRED');
    expect((await app.ask('mutation { logout }', {}, { authorization })).data).toEqual({ logout: true });
    expect(await app.codeOf(REFRESH, { input: { refreshToken } })).toBe('REFRESH_REJECTED');
  }
  expect(await app.codeOf(REFRESH, { input: { refreshToken: dan.refreshToken } }), 'and no other').toBe(null);
});

test('no refresh token is in any line of the log', async () => {
  const token = await signIn();
  await app.ask(REFRESH, {}, withCookie(token));
  const log = app.logged.join('\n');
  expect(log).toContain('a cookie is asked for without proof');
  for (const part of token.split('.')) expect(log).not.toContain(part);
});

function tokenSet({ headers }: Answer): string {
  const [, token = ''] = /^__Host-refresh=([^;]*)/.exec(headers.getSetCookie()[0] ?? '') ?? [];
  return token;
}

interface Payload {
  accessToken: string;
  refreshToken: string | null;
}
