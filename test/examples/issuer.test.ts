import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { afterFile } from '../kit/cleanup.ts';
import { areInstalled } from './installed.ts';

const ANN = { email: 'ann@example.com', password: 'one hundred and one geese', name: 'Ann' };

test.runIf(areInstalled('nobody has come by better-auth'))(
  'a user of a better-auth server signs up there, is somebody here, and is signed out here for good',
  async () => {
    const { url, post, tokenFor } = await startBetterAuth();
    const issuer = { issuer: url, audience: 'latchkey', jwks: `${url}/api/auth/jwks`, algorithms: ['EdDSA'] };
    const app = await startApp({ env: { TRUSTED_ISSUERS: JSON.stringify([issuer]) } });
    const ask = (token: string, query: string) => app.ask(query, {}, { authorization: `Bearer ${token}` });

    const cookie = await post('sign-up/email', ANN);
    const token = await tokenFor(cookie);
    const { data } = await ask(token, '{ me { id name emailVerified } sessions { current } }');
    expect(data).toEqual({
      me: { id: expect.any(String), name: 'Ann', emailVerified: false },
      sessions: [{ current: true }],
    });
    await ask(token, 'mutation { updateMe(input: { name: "Anna" }) { id } }');
    expect((await ask(token, '{ viewer { name } }')).data.viewer).toEqual({ name: 'Anna' });
    expect((await ask(token, 'mutation { logoutAll }')).data).toEqual({ logoutAll: 1 });
    for (const one of [token, await tokenFor(cookie)])
      expect((await ask(one, '{ me { id } }')).errors?.[0]?.extensions.code).toBe('SESSION_ENDED');

    const again = await tokenFor(await post('sign-in/email', ANN));
    expect((await ask(again, '{ me { id name } }')).data.me).toEqual({ id: data.me.id, name: 'Anna' });
  },
  60_000,
);

/** Loaded when it is wanted: its packages are those of the examples. */
async function startBetterAuth() {
  const { createAuth, toNodeHandler } = await import('../../examples/issuer/auth.ts');
  const server = createServer((request, response) => handler(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  afterFile(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const handler = toNodeHandler(createAuth(url, 'kQ2vN8xR4tY7uB1mZ5cL9wE3aS6dF0gH'));
  return {
    url,
    /** Resolves to the cookie of the session there. */
    async post(path: string, body: object) {
      const headers = { 'content-type': 'application/json', origin: url };
      const response = await fetch(`${url}/api/auth/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
      return cookies.join('; ');
    },
    async tokenFor(cookie: string): Promise<string> {
      const response = await fetch(`${url}/api/auth/token`, { headers: { cookie } });
      return (await response.json()).token;
    },
  };
}
