import { serverAudits } from 'graphql-http';
import { describe, expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { HTTPS, PRODUCTION } from '../kit/production.ts';

/** A link or an image of another site can make a GET that asks for anything: it is refused, which a server MAY. */
const NO_LINK = { '5A70': 'notice' };
/** These ask for a type of the schema, which production does not show. */
const NO_INTROSPECTION = { '2EA1': 'warn', '28B9': 'error', D6D5: 'notice', '6A70': 'notice' };

describe.each<[string, Record<string, string>, Record<string, string>, Record<string, string>]>([
  ['in development', {}, {}, NO_LINK],
  ['in production', PRODUCTION, HTTPS, { ...NO_LINK, ...NO_INTROSPECTION }],
  ['in production with introspection', { ...PRODUCTION, INTROSPECTION: 'on' }, HTTPS, NO_LINK],
])('GraphQL over HTTP, by the audits of graphql-http, %s', async (_where, env, more, expected) => {
  const { url } = await startApp({ env });
  const fetchFn = (address: string, init?: RequestInit) => {
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(more)) headers.set(name, value);
    return fetch(address, { ...init, headers });
  };

  test.each(serverAudits({ url: `${url}/graphql`, fetchFn }))('$id $name', async ({ id, fn }) => {
    const result = await fn();
    expect(result.status, result.status === 'ok' ? '' : result.reason).toBe(expected[id] ?? 'ok');
  });

  test('what is expected to differ is among the audits', () => {
    const ids = serverAudits({ url }).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(Object.keys(expected)));
    expect(ids.length).toBeGreaterThan(50);
  });
});
