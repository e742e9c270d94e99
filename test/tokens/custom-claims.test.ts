import { expect, test, vi } from 'vitest';
import { customClaims } from '../../src/tokens/claims.ts';
import { PASSWORD, SIGNUP, startApp } from '../kit/app.ts';
import { opened } from '../kit/opened.ts';

vi.mock('../../src/tokens/claims.ts', () => ({ customClaims: vi.fn(() => ({})) }));
const app = await startApp();

test('a custom claim is in every access token, and tells of the user', async () => {
  vi.mocked(customClaims).mockImplementation((user) => ({ 'https://example.com/name': user.name }));
  const ann = await app.as('ann');
  expect(opened(ann.accessToken).claims['https://example.com/name']).toBe('ann');
  const { data } = await app.ask(
    'mutation ($token: String!) { refresh(input: { refreshToken: $token }) { accessToken } }',
    {
      token: ann.refreshToken,
    },
  );
  expect(opened(data.refresh.accessToken).claims['https://example.com/name']).toBe('ann');
  expect(opened(ann.refreshToken).claims).not.toHaveProperty('https://example.com/name');
  expect((await ann.ask('{ me { name } }')).data.me.name).toBe('ann');
});

test('a custom claim cannot take the place of ours', async () => {
  const bob = await app.as('bob');
  const theirs = { sub: bob.id, sid: bob.id, role: 'ADMIN', ver: 99, exp: 1, iat: 1, iss: 'x', aud: 'x', jti: 'x' };
  vi.mocked(customClaims).mockImplementation(() => theirs as never);
  const cat = await app.as('cat');
  expect((await cat.ask('{ me { id role } }')).data.me).toEqual({ id: cat.id, role: 'USER' });
  for (const [name, value] of Object.entries(theirs)) {
    expect(opened(cat.accessToken).claims[name], name).not.toEqual(value);
  }
});

test('claims that would make the token too long to be taken fail at the sign-in, and the log says why', async () => {
  vi.mocked(customClaims).mockImplementation(() => ({ groups: 'x'.repeat(4000) }));
  const input = { email: 'dan@example.com', password: PASSWORD };
  expect(await app.codeOf(SIGNUP, { input })).toBe('INTERNAL_SERVER_ERROR');
  expect(app.logged.join('\n')).toMatch(/A token of \d+ characters would be refused: claim less\./);
});
