import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { tokenKeys } from '../../src/tokens/keys.ts';
import { signRefreshToken } from '../../src/tokens/refresh-token.ts';
import { SECRET, startApp } from '../kit/app.ts';
import {
  bearing,
  type Device,
  deviceOf,
  generationOf,
  ME,
  REFRESH,
  refreshed,
  signIn,
  type Tokens,
} from '../kit/requests.ts';

const app = await startApp();
const { advance, as, ask, url } = app;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

test('each refresh brings the next generation, and the access token from before goes on until its time is up', async () => {
  const device = await signInAs('ann');
  const first = await refreshedOnce(device.refreshToken);
  const second = await refreshedOnce(first.refreshToken);
  expect([device, first, second].map((tokens) => generationOf(tokens.refreshToken))).toEqual([0, 1, 2]);
  expect(await device.codeOf(ME)).toBeNull();
  expect(await bearing(app, second.accessToken).codeOf(ME)).toBeNull();
});

test('a retry within the grace gets the same generation again, as often as it likes', async () => {
  const { refreshToken } = await signInAs('ann');
  await refreshedOnce(refreshToken);
  for (const pause of [0, 5 * SECOND, 5 * SECOND]) {
    await advance(pause);
    expect(generationOf((await refreshedOnce(refreshToken)).refreshToken)).toBe(1);
  }
});

test('the grace counts from the rotation: retries do not prolong it', async () => {
  const { refreshToken } = await signInAs('ann');
  await refreshedOnce(refreshToken);
  await advance(9 * SECOND);
  await refreshedOnce(refreshToken);
  await advance(SECOND + 1);
  expect(await refreshed(app, refreshToken)).toBe('REFRESH_REJECTED');
});

test('a token used again after the grace ends its session, with every token of it, and no other session', async () => {
  const [device, other] = [await signInAs('ann'), await signInAs('ann')];
  const newest = await refreshedOnce(device.refreshToken);
  await advance(10 * SECOND + 1);
  expect(await ask(REFRESH, { token: device.refreshToken })).toMatchObject({
    data: null,
    errors: [{ message: 'The refresh token cannot be used: sign in again.', extensions: { code: 'REFRESH_REJECTED' } }],
  });
  expect(app.logged.join()).toContain(`reuse: generation 0 of session ${device.sessionId}`);

  expect(await refreshed(app, newest.refreshToken)).toBe('REFRESH_REJECTED');
  expect(await bearing(app, newest.accessToken).codeOf(ME)).toBe('SESSION_ENDED');
  expect(await device.codeOf(ME)).toBe('SESSION_ENDED');
  expect(await other.codeOf(ME)).toBeNull();
  await refreshedOnce(other.refreshToken);
});

test('that a token was used again is kept: a server that starts afterwards refuses the session too', async () => {
  const device = await signInAs('ann');
  const newest = await refreshedOnce((await refreshedOnce(device.refreshToken)).refreshToken);
  expect(await refreshed(app, device.refreshToken)).toBe('REFRESH_REJECTED');
  const restarted = await startApp({ besides: app });
  expect(await bearing(restarted, newest.accessToken).codeOf(ME)).toBe('SESSION_ENDED');
  expect(await refreshed(restarted, newest.refreshToken)).toBe('REFRESH_REJECTED');
  await restarted.stop();
});

test('the grace is for the last generation alone: an older one is theft even at the same moment', async () => {
  const { refreshToken } = await signInAs('ann');
  const { refreshToken: newest } = await refreshedOnce((await refreshedOnce(refreshToken)).refreshToken);
  expect(await refreshed(app, refreshToken)).toBe('REFRESH_REJECTED');
  expect(await refreshed(app, newest)).toBe('REFRESH_REJECTED');
});

test('a session that nobody refreshes for 7 days is over, to the millisecond', async () => {
  const [idle, used] = [await signInAs('ann'), await signInAs('ann')];
  await advance(7 * DAY - 1);
  const { refreshToken } = await refreshedOnce(used.refreshToken);
  await advance(1);
  expect(await refreshed(app, idle.refreshToken)).toBe('REFRESH_REJECTED');
  await advance(7 * DAY - 2);
  await refreshedOnce(refreshToken);
});

test('refreshing never outlives the 30 days of a session, nor does any token', async () => {
  let { refreshToken } = await signInAs('ann');
  const end = app.now().getTime() + 30 * DAY;
  for (let day = 6; day < 30; day += 6) {
    await advance(6 * DAY);
    ({ refreshToken } = await refreshedOnce(refreshToken));
  }
  await advance(6 * DAY - 5 * MINUTE);
  const last = await ask(REFRESH, { token: refreshToken });
  const { accessToken, refreshToken: lastToken, expiresIn } = last.data.refresh;
  expect(expiresIn).toBe(5 * 60);
  for (const token of [accessToken, lastToken]) expect(decodeJwt(token).exp).toBe(Math.floor(end / 1000));

  await advance(5 * MINUTE - 1);
  await refreshedOnce(lastToken);
  await advance(1);
  expect(await refreshed(app, lastToken)).toBe('REFRESH_REJECTED');
  expect(await bearing(app, accessToken).codeOf(ME)).toBe('TOKEN_EXPIRED');
});

test('guessing ends nobody’s session', async () => {
  const device = await signInAs('ann');
  const { refreshToken } = await refreshedOnce(device.refreshToken);
  await advance(MINUTE);
  const [header = '', payload = '', signature = ''] = refreshToken.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const altered = (change: object) =>
    [header, Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url'), signature].join('.');
  const guesses = ['', ' ', 'x', 'a.b.c', refreshToken.slice(0, -2), `${refreshToken}A`, refreshToken.repeat(30)];
  for (const guess of [
    ...guesses,
    altered({ gen: 0 }),
    altered({ gen: -1 }),
    altered({ sid: 'x' }),
    device.accessToken,
  ]) {
    expect(await refreshed(app, guess)).toBe('REFRESH_REJECTED');
  }
  await refreshedOnce(refreshToken);
});

test('what we would not have issued is refused, though it is signed, and ends no session', async () => {
  const { refreshToken, sessionId } = await signInAs('ann');
  const keys = await tokenKeys({
    ...{ issuer: 'latchkey', audience: 'latchkey', privateKeys: [], algorithm: undefined },
    secrets: [SECRET],
  });
  const later = new Date(app.now().getTime() + DAY);
  const signed = (ticket: { sessionId: string; generation: number }) =>
    signRefreshToken(ticket, keys, later, app.now());
  // As after a database was put back to an earlier state.
  for (const generation of [1, 2, 2 ** 40]) {
    expect(await refreshed(app, await signed({ sessionId, generation }))).toBe('REFRESH_REJECTED');
  }
  expect(await refreshed(app, await signed({ sessionId, generation: 0.5 }))).toBe('REFRESH_REJECTED');
  expect(await refreshed(app, await signed({ sessionId: 'none', generation: 0 }))).toBe('REFRESH_REJECTED');
  expect(await refreshed(app, await signed({ sessionId: crypto.randomUUID(), generation: 0 }))).toBe(
    'REFRESH_REJECTED',
  );
  await refreshedOnce(refreshToken);
});

test('nobody refreshes for somebody disabled', async () => {
  const device = await signInAs('dan');
  await app.db.user.update({ where: { email: 'dan@example.com' }, data: { disabled: true } });
  expect(await refreshed(app, device.refreshToken)).toBe('REFRESH_REJECTED');
});

test('a refresh after the logout in the same document is refused', async () => {
  const device = await signInAs('ann');
  const { data, errors } = await device.ask(
    `mutation ($token: String!) { logout refresh(input: { refreshToken: $token }) { accessToken } }`,
    { token: device.refreshToken },
  );
  expect(data).toBeNull();
  expect(errors?.[0]).toMatchObject({ path: ['refresh'], extensions: { code: 'REFRESH_REJECTED' } });
});

async function refreshedOnce(token: string): Promise<Device> {
  const tokens = await refreshed(app, token);
  expect(tokens).toMatchObject({ tokenType: 'Bearer' });
  return deviceOf(url, tokens as Tokens);
}

async function signInAs(name: string) {
  const { email } = await as(name);
  return signIn(url, app, email);
}
