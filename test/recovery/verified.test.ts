import { expect, test } from 'vitest';
import { schemaWith } from '../access/places.ts';
import { LOGIN, PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { createClient } from '../kit/client.ts';
import { opened } from '../kit/opened.ts';
import { forge } from '../tokens/forge.ts';
import { CHANGE, CONFIRM, makeToken, REQUEST_CONFIRMATION, REQUEST_RESET, RESET, UNDO } from './mailbox.ts';

const app = await startApp({ schema: schemaWith('Mutation.updateMe', ['VERIFIED']) });
const UPDATE = 'mutation { updateMe(input: { name: "Somebody" }) { emailVerified } }';
const signedIn = (accessToken: string) => createClient(app.url, { authorization: `Bearer ${accessToken}` });

test('VERIFIED lets in whose email is confirmed, and nobody before that or after another email', async () => {
  const ann = await app.as('ann');
  expect(await app.codeOf(UPDATE)).toBe('UNAUTHENTICATED');
  const { errors } = await ann.ask(UPDATE);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: { anyOf: ['VERIFIED'] } });
  const { id, email } = ann;
  await app.ask(CONFIRM, { token: await makeToken('CONFIRM_EMAIL', { userId: id, email }, app) });
  expect(await ann.codeOf(UPDATE), 'the token is from before').toBe('TOKEN_EXPIRED');
  const refresh = 'mutation ($input: RefreshInput) { refresh(input: $input) { accessToken refreshToken } }';
  const first = (await app.ask(refresh, { input: { refreshToken: ann.refreshToken } })).data.refresh;
  expect(opened(first.accessToken).claims).toMatchObject({ email_verified: true });
  expect((await signedIn(first.accessToken).ask(UPDATE)).data).toEqual({ updateMe: { emailVerified: true } });

  await app.db.user.update({ where: { id }, data: { email: 'ann@new.example.com' } });
  await app.advance(0);
  expect(await signedIn(first.accessToken).codeOf(UPDATE)).toBe('TOKEN_EXPIRED');
  const second = (await app.ask(refresh, { input: { refreshToken: first.refreshToken } })).data.refresh;
  expect(await signedIn(second.accessToken).codeOf(UPDATE)).toBe('FORBIDDEN');
});

test('a token of a version that did not know the claim is good, and of somebody who has confirmed nothing', async () => {
  const { accessToken } = await app.as('bob');
  const { header, claims } = opened(accessToken);
  const { email_verified: _, ...without } = claims;
  const old = signedIn(forge(header, without));
  expect(await old.codeOf('{ me { id } }')).toBeNull();
  expect(await old.codeOf(UPDATE)).toBe('FORBIDDEN');
  const said = signedIn(forge(header, { ...claims, email_verified: 'true' }));
  expect(await said.codeOf('{ me { id } }')).toBe('INVALID_TOKEN');
});

test('a server that sends no mail says so to everybody alike, whatever is asked for by mail, and does nothing', async () => {
  const env = {
    NODE_ENV: 'production',
    JWT_SECRET: 'a1B2'.concat('kQ2vN8xR4tY7uB1mZ5cL9wE3aS6dF0gH'),
    DATA_DIR: 'none',
    TRUST_PROXY: '1',
  };
  const mute = await startApp({ env });
  const https = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' };
  const input = { email: 'cat@example.com', password: PASSWORD };
  const { data } = await mute.ask(SIGNUP, { input }, https);
  const cat = { ...https, authorization: `Bearer ${data.signup.accessToken}` };
  const reason = 'This server sends no mail.';
  for (const [query, variables, headers] of [
    [REQUEST_CONFIRMATION, {}, cat],
    [REQUEST_RESET, { email: input.email }, https],
    [REQUEST_RESET, { email: 'nobody' }, https],
    [CHANGE, { newEmail: 'no email', password: 'wrong' }, cat],
    [CONFIRM, { token: '' }, https],
    [UNDO, { token: '' }, https],
    [RESET, { token: '' }, https],
  ] as const) {
    const { errors } = await mute.ask(query, variables, headers);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', reason });
  }
  expect(await mute.db.mail.count()).toBe(0);
  expect(await mute.codeOf(LOGIN, { input }, https)).toBeNull();
});
