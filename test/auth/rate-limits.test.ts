import { afterEach, describe, expect, test, vi } from 'vitest';
import { createRateLimits } from '../../src/auth/rate-limits.ts';
import { LOGIN, PASSWORD, SIGNUP, startApp, type TestApp } from '../kit/app.ts';

const WRONG = 'wrong horse battery staple';
const MINUTE = 60_000;
const BEHIND_PROXY = { TRUST_PROXY: '1', OAUTH_PASSWORD_GRANT: 'on' };

let people = 0;
let addresses = 0;
// A guess that is cut off for want of time stays counted, and what counts here is not how fast the machine is.
const env = { ...BEHIND_PROXY, OPERATION_TIMEOUT: '1m' };
const app = await startApp({ env });
const replica = await startApp({ env, besides: app });

afterEach(() => void vi.useRealTimers());

test('ten wrong guesses for one email from one address are answered, the eleventh and the right password wait', async () => {
  const [email, address] = [await signedUp(), anAddress()];
  for (let n = 0; n < 10; n++) expect(await guess(app, email, address)).toBe('INVALID_CREDENTIALS');
  expect(await guess(app, email, address)).toBe('RATE_LIMITED');
  expect(await guess(app, email, address, PASSWORD)).toBe('RATE_LIMITED');
  expect(await guess(app, email, anAddress(), PASSWORD), 'from elsewhere').toBeNull();
});

test('the refusal is a 429 that says in whole seconds when to come back, the same with and without an account', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const answers = [];
  for (const email of [await signedUp(), 'nobody@example.com']) {
    const address = anAddress();
    for (let n = 0; n < 10; n++) await guess(app, email, address);
    const { status, headers, data, errors } = await app.ask(
      LOGIN,
      { input: { email, password: WRONG } },
      from(address),
    );
    answers.push({ status, retryAfter: headers.get('retry-after'), data, errors });
  }
  const [known, unknown] = answers;
  expect(known).toEqual(unknown);
  expect(known).toMatchObject({
    status: 429,
    retryAfter: '900',
    errors: [{ extensions: { code: 'RATE_LIMITED', retryAfter: 900 } }],
  });
});

test('a limit is over when its time is', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const [email, address] = [await signedUp(), anAddress()];
  for (let n = 0; n < 11; n++) await guess(app, email, address);
  vi.setSystemTime(Date.now() + 15 * MINUTE - 1000);
  expect(await guess(app, email, address, PASSWORD)).toBe('RATE_LIMITED');
  vi.setSystemTime(Date.now() + 2000);
  expect(await guess(app, email, address, PASSWORD)).toBeNull();
});

test('a right password starts the count of its email and address anew', async () => {
  const [email, address] = [await signedUp(), anAddress()];
  for (let n = 0; n < 9; n++) await guess(app, email, address);
  expect(await guess(app, email, address, PASSWORD)).toBeNull();
  for (let n = 0; n < 10; n++) expect(await guess(app, email, address)).toBe('INVALID_CREDENTIALS');
});

test('thirty guesses at once are ten guesses, for their email and for their address', async () => {
  const [email, address] = [await signedUp(), anAddress()];
  await app.db.rateLimit.deleteMany();
  const codes = await Promise.all(Array.from({ length: 30 }, (_, n) => guess(n % 2 ? app : replica, email, address)));
  expect(counted(codes)).toEqual({ INVALID_CREDENTIALS: 10, RATE_LIMITED: 20 });
  expect(await app.db.rateLimit.findMany({ where: { key: { startsWith: 'address:' } } })).toMatchObject([
    { points: 10 },
  ]);
});

test('a document of many guesses makes one, for the first wrong one ends it, and that one counts', async () => {
  const [email, own, address] = [await signedUp(), await signedUp(), anAddress()];
  const alias = (name: string, whose: string, password: string) =>
    `${name}: login(input: { email: "${whose}", password: "${password}" }) { tokenType }`;
  const guesses = [alias('a', own, PASSWORD), ...['b', 'c', 'd', 'e'].map((name) => alias(name, email, WRONG))];
  const codes = [];
  for (let n = 0; n < 11; n++) {
    const { errors = [] } = await app.ask(`mutation { ${guesses.join(' ')} }`, {}, from(address));
    codes.push(...errors.map(({ extensions }) => extensions.code));
  }
  expect(counted(codes)).toEqual({ INVALID_CREDENTIALS: 10, RATE_LIMITED: 1 });
});

test('fifty right logins at once are all let in, on one replica or two', async () => {
  const [email, address] = [await signedUp(), anAddress()];
  const before = await app.db.rateLimit.findMany({ where: { points: { not: 0 } } });
  const codes = await Promise.all(Array.from({ length: 50 }, (_, n) => logIn(n % 2 ? app : replica, email, address)));
  expect(counted(codes)).toEqual({ null: 50 });
  expect(await app.db.rateLimit.findMany({ where: { points: { not: 0 } } }), 'nothing is left counted').toEqual(before);
});

test('GraphQL and /oauth/token share one count', async () => {
  const [email, address] = [await signedUp(), anAddress()];
  const oauth = () =>
    fetch(`${app.url}/oauth/token`, {
      method: 'POST',
      headers: from(address),
      body: new URLSearchParams({ grant_type: 'password', username: email, password: WRONG }),
    });

  for (let n = 0; n < 5; n++) expect(await guess(app, email, address)).toBe('INVALID_CREDENTIALS');
  for (let n = 0; n < 5; n++) expect((await oauth()).status).toBe(400);
  const refused = await oauth();
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await guess(app, email, address)).toBe('RATE_LIMITED');
});

describe('somebody signed in who is asked for the password', () => {
  const CHANGE = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }';
  const DELETE = 'mutation ($password: String!) { deleteMe(password: $password) }';

  async function device(email: string, address: string) {
    const { data } = await app.ask(LOGIN, { input: { email, password: PASSWORD } }, from(address));
    const headers = { ...from(address), authorization: `Bearer ${data.login.accessToken}` };
    return {
      change: (currentPassword: string) =>
        app.codeOf(CHANGE, { input: { currentPassword, newPassword: `${PASSWORD}!` } }, headers),
      leave: (password: string) => app.codeOf(DELETE, { password }, headers),
    };
  }

  test('has ten guesses in a session, whatever is asked for, and another session has its own', async () => {
    const [email, address] = [await signedUp(), anAddress()];
    const [one, two] = [await device(email, address), await device(email, address)];
    for (let n = 0; n < 5; n++) expect(await one.change(WRONG)).toBe('INVALID_CREDENTIALS');
    for (let n = 0; n < 5; n++) expect(await one.leave(WRONG)).toBe('INVALID_CREDENTIALS');
    expect(await one.change(PASSWORD)).toBe('RATE_LIMITED');
    expect(await one.leave(PASSWORD)).toBe('RATE_LIMITED');
    expect(await two.change(WRONG)).toBe('INVALID_CREDENTIALS');
    expect(await two.change(PASSWORD)).toBeNull();
  });

  test('is not shut out by wrong logins, even from the own network, nor a login by wrong answers', async () => {
    const [email, address] = [await signedUp(), anAddress()];
    const owner = await device(email, address);
    for (let n = 0; n < 9; n++) await owner.change(WRONG);
    expect(await guess(app, email, address, PASSWORD)).toBeNull();
    for (let n = 0; n < 11; n++) await guess(app, email, address);
    expect(await guess(app, email, address, PASSWORD)).toBe('RATE_LIMITED');
    expect(await owner.change(PASSWORD)).toBeNull();
    expect(await owner.leave(`${PASSWORD}!`)).toBeNull();
  });
});

test('another process over the same database goes on with the count', async () => {
  const [email, address] = [await signedUp(), anAddress()];
  for (let n = 0; n < 10; n++) await guess(app, email, address);
  const restarted = await startApp({ env: BEHIND_PROXY, besides: app });
  expect(await guess(restarted, email, address, PASSWORD)).toBe('RATE_LIMITED');
});

test('one address has a hundred guesses in all, whatever the emails, and its neighbours have theirs', async () => {
  const address = anAddress();
  await guess(app, 'nobody@example.com', address);
  await app.db.rateLimit.updateMany({ where: { key: { startsWith: 'address:' } }, data: { points: 99 } });
  expect(await guess(app, 'somebody@example.com', address)).toBe('INVALID_CREDENTIALS');
  expect(await guess(app, 'anybody@example.com', address)).toBe('RATE_LIMITED');
  expect(await guess(app, 'anybody@example.com', anAddress())).toBe('INVALID_CREDENTIALS');
});

test("one's own right logins buy no guesses at others' passwords", async () => {
  const [own, address] = [await signedUp(), anAddress()];
  await guess(app, 'nobody@example.com', address);
  await app.db.rateLimit.updateMany({ where: { key: { startsWith: 'address:' } }, data: { points: 97 } });
  for (let n = 0; n < 3; n++) {
    for (let login = 0; login < 3; login++) expect(await guess(app, own, address, PASSWORD)).toBeNull();
    expect(await guess(app, `victim${n}@example.com`, address)).toBe('INVALID_CREDENTIALS');
  }
  expect(await guess(app, own, address, PASSWORD)).toBe('RATE_LIMITED');
  expect(await guess(app, 'victim@example.com', address)).toBe('RATE_LIMITED');
});

test('a right login gives no credit to a window that begins before it is done', async () => {
  const limits = createRateLimits(app.db, { perAddress: 100, inAll: 100 });
  const address = anAddress();
  const [slow, quick] = [
    { email: await signedUp(), address },
    { email: await signedUp(), address },
  ];
  await limits.countGuess(slow);
  await app.db.rateLimit.deleteMany();
  await limits.forgiveGuess(slow);
  expect(await app.db.rateLimit.findMany()).toEqual([]);

  await limits.countGuess(quick);
  await limits.forgiveGuess(quick);
  await limits.forgiveGuess(slow);
  expect(await app.db.rateLimit.findMany()).toMatchObject([{ points: 0 }]);
});

test('guesses that are refused for one email take none from the others at that address', async () => {
  const [email, other, address] = [await signedUp(), await signedUp(), anAddress()];
  for (let n = 0; n < 120; n++) await guess(app, email, address);
  expect(await guess(app, other, address)).toBe('INVALID_CREDENTIALS');
  expect(await guess(app, other, address, PASSWORD)).toBeNull();
});

test('a hundred wrong guesses in a row, from wherever, shut strangers out of an account, but not its owner', async () => {
  const [email, home] = [await signedUp(), '2001:db8:1:2::7'];
  expect(await guess(app, email, home, PASSWORD)).toBeNull();
  const codes = [];
  for (let n = 0; n < 20; n++) codes.push(...(await Promise.all(repeated(5, () => guess(app, email, anAddress())))));
  expect(counted(codes)).toEqual({ INVALID_CREDENTIALS: 100 });
  expect(await guess(app, email, anAddress())).toBe('RATE_LIMITED');
  expect(await guess(app, email, anAddress(), PASSWORD)).toBe('RATE_LIMITED');

  expect(await guess(app, email, home, WRONG), 'where the owner has signed in before').toBe('INVALID_CREDENTIALS');
  expect(await guess(app, email, '2001:db8:1:2:aaaa::1', PASSWORD), 'and the network of it').toBeNull();
  expect(await guess(app, email, anAddress(), PASSWORD), 'which is the end of the row').toBeNull();
}, 120_000);

test('guesses at an account are in a row until a right one, however long that takes', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const email = await signedUp();
  await guess(app, email, anAddress());
  await app.db.rateLimit.updateMany({ where: { key: { startsWith: 'account:' } }, data: { points: 98 } });
  for (const code of ['INVALID_CREDENTIALS', 'INVALID_CREDENTIALS', 'RATE_LIMITED', 'RATE_LIMITED']) {
    vi.setSystemTime(Date.now() + 120 * MINUTE);
    expect(await guess(app, email, anAddress())).toBe(code);
  }
});

test.each([
  ['IPv4 with a port', '192.0.2.77', '192.0.2.77:4711', '192.0.2.78:4711'],
  ['IPv6 with a port', '2001:db8:77::1', '[2001:db8:77::1]:4711', '[2001:db8:78::1]:4711'],
  ['IPv4 in IPv6', '192.0.2.7', '::ffff:192.0.2.7', '::ffff:192.0.2.8'],
  ['IPv4 in IPv6 in hexadecimal', '192.0.2.7', '::FFFF:c000:207', '::ffff:c000:208'],
  ['one IPv6 network of 64 bits', '2001:db8:0:1::1', '2001:0db8::1:ffff:0:0:9', '2001:db8:0:2::1'],
  ['one IPv6 network with a zone', 'fe80::1', 'fe80::2%eth0', 'fe80:0:0:1::1'],
])('%s counts as one address, its neighbour does not', async (_name, one, same, neighbour) => {
  const email = await signedUp();
  for (let n = 0; n < 10; n++) await guess(app, email, n % 2 ? one : same);
  expect(await guess(app, email, one)).toBe('RATE_LIMITED');
  expect(await guess(app, email, same)).toBe('RATE_LIMITED');
  expect(await guess(app, email, neighbour)).toBe('INVALID_CREDENTIALS');
});

test('without a trusted proxy, nobody writes their own address', async () => {
  const direct = await startApp();
  for (let n = 0; n < 10; n++) await guess(direct, 'nobody@example.com', anAddress());
  expect(await guess(direct, 'nobody@example.com', anAddress())).toBe('RATE_LIMITED');
});

test('behind one trusted proxy, only what that proxy wrote counts', async () => {
  const address = anAddress();
  for (let n = 0; n < 10; n++) await guess(app, 'nobody@example.com', `${anAddress()}, ${address}`);
  expect(await guess(app, 'nobody@example.com', `${anAddress()}, ${address}`)).toBe('RATE_LIMITED');
});

test('while guesses cannot be counted none is made, and not even the right password is let in', async () => {
  const [email, address] = [await signedUp(), anAddress()];
  await app.db.$executeRaw`ALTER TABLE "RateLimit" RENAME TO "Elsewhere"`;
  const { status, data, errors } = await app.ask(LOGIN, { input: { email, password: PASSWORD } }, from(address));
  expect([status, data, errors?.[0]?.extensions.code]).toEqual([503, null, 'SERVICE_UNAVAILABLE']);
  await app.db.$executeRaw`ALTER TABLE "Elsewhere" RENAME TO "RateLimit"`;
  expect(await guess(app, email, address, PASSWORD)).toBeNull();
});

test('the counts tell nobody who tried to sign in where', async () => {
  await guess(app, 'nobody@example.com', '192.0.2.7');
  const rows = await app.db.$queryRaw`SELECT "RateLimit"::text AS text FROM "RateLimit"`;
  const counts = JSON.stringify(rows);
  expect(counts).toContain('pair:');
  expect(counts).not.toMatch(/nobody|example|192\.0\.2/);
});

const from = (address: string) => ({ 'x-forwarded-proto': 'https', 'x-forwarded-for': address });

const guess = (app: TestApp, email: string, address: string, password = WRONG) =>
  app.codeOf(LOGIN, { input: { email, password } }, from(address));

/** With the right password, and again where a busy machine had no time for it: that is no guess, and a client asks again. */
async function logIn(app: TestApp, email: string, address: string): Promise<string | null> {
  const code = await guess(app, email, address, PASSWORD);
  return code === 'SERVICE_UNAVAILABLE' ? logIn(app, email, address) : code;
}

async function signedUp() {
  people += 1;
  const email = `ann${people}@example.com`;
  await app.ask(SIGNUP, { input: { email, password: PASSWORD } }, from(anAddress()));
  return email;
}

function anAddress() {
  addresses += 1;
  return `10.0.${addresses >> 8}.${addresses & 255}`;
}

const repeated = <T>(times: number, work: () => T) => Array.from({ length: times }, work);

function counted(codes: (string | null)[]) {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[String(code)] = (counts[String(code)] ?? 0) + 1;
  return counts;
}
