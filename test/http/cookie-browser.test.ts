import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOGIN, PASSWORD, startApp } from '../kit/app.ts';
import { hasChromium, launchChromium } from '../kit/browser.ts';

const REFRESH = 'mutation { refresh { accessToken refreshToken } }';

describe.runIf(hasChromium('no browser has seen the cookie'))('in Chromium, on http://localhost', () => {
  const chromium = launchChromium();
  let app: Awaited<ReturnType<typeof startApp>>;
  let ours: string;
  let elsewhere: number;
  const byCookie = { input: { email: 'ann@example.com', password: PASSWORD, delivery: 'COOKIE' } };

  beforeAll(async () => {
    app = await startApp();
    await app.as('ann');
    ours = `http://localhost:${new URL(app.url).port}`;
    const server = createServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<p>Hello'),
    );
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    elsewhere = (server.address() as AddressInfo).port;
    afterAll(() => void server.close());
  });

  test('a page of ours signs in, cannot read the cookie, refreshes with it after a reload, and not after logging out', async () => {
    const page = await open(`${ours}/graphql`);
    const login = await post(page, LOGIN, byCookie);
    expect(login.data.login).toMatchObject({ accessToken: expect.any(String), refreshToken: null });
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await page.context().cookies()).toEqual([
      expect.objectContaining({ name: '__Host-refresh', path: '/', secure: true, httpOnly: true, sameSite: 'Strict' }),
    ]);

    await page.reload();
    for (const _time of [1, 2]) {
      const { refresh } = (await post(page, REFRESH)).data;
      expect(refresh).toMatchObject({ accessToken: expect.any(String), refreshToken: null });
      expect(await app.codeOf('{ me { id } }', {}, { authorization: `Bearer ${refresh.accessToken}` })).toBe(null);
    }

    expect((await post(page, 'mutation { logout }')).data).toEqual({ logout: true });
    expect(await page.context().cookies()).toEqual([]);
    expect(codeOf(await post(page, REFRESH))).toBe('REFRESH_REJECTED');
  });

  test.each(['localhost', '127.0.0.1'])(
    'a page of another origin can do nothing with it: %s, another port',
    async (host) => {
      const context = await chromium().newContext();
      const page = await open(`${ours}/graphql`, context);
      await post(page, LOGIN, byCookie);
      const before = await app.db.session.findMany({ orderBy: { id: 'asc' } });

      const thief = await open(`http://${host}:${elsewhere}/`, context);
      const answers = [
        await post(thief, REFRESH, {}, `${ours}/graphql`),
        await post(thief, 'mutation { logout }', {}, `${ours}/graphql`),
        await post(thief, LOGIN, byCookie, `${ours}/graphql`),
        await post(thief, REFRESH, {}, `${ours}/graphql`, { mode: 'no-cors', contentType: 'text/plain' }),
        await post(thief, LOGIN, byCookie, `${ours}/graphql`, { mode: 'no-cors', contentType: 'text/plain' }),
      ];
      // What the browser does send, without asking first, it lets nobody read; and it was refused, as the next line shows.
      expect(answers).toEqual(['blocked', 'blocked', 'blocked', 'unreadable', 'unreadable']);
      expect(await app.db.session.findMany({ orderBy: { id: 'asc' } })).toEqual(before);
      await submitForm(thief, `${ours}/graphql`);
      expect(await app.db.session.findMany({ orderBy: { id: 'asc' } })).toEqual(before);
      expect((await post(page, REFRESH)).data.refresh.refreshToken).toBe(null);
    },
  );

  const open = async (url: string, context?: BrowserContext) => {
    const page = await (context ?? (await chromium().newContext())).newPage();
    await page.goto(url);
    return page;
  };
});

/** What a script on the page gets; `blocked` where the browser does not let it ask. */
function post(page: Page, query: string, variables: object = {}, url = '/graphql', options: Options = {}) {
  return page.evaluate(
    async ({ body, url, mode, contentType }) => {
      const request = {
        method: 'POST',
        headers: { 'content-type': contentType },
        body,
        mode,
        credentials: 'include',
      } as const;
      const answer = await fetch(url, request).catch(() => 'blocked' as const);
      if (answer === 'blocked') return answer;
      return answer.type === 'opaque' ? 'unreadable' : answer.json();
    },
    {
      body: JSON.stringify({ query, variables }),
      url,
      mode: options.mode ?? 'cors',
      contentType: options.contentType ?? 'application/json',
    },
  );
}

/** A form needs no script, and its answer becomes the page. */
async function submitForm(page: Page, action: string) {
  const [response] = await Promise.all([
    page.waitForResponse(action),
    page.evaluate((to) => {
      const { document } = globalThis as unknown as {
        document: { body: { innerHTML: string }; forms: { submit(): void }[] };
      };
      document.body.innerHTML = `<form method="post" action="${to}" enctype="text/plain">
        <input name='{"query":"mutation { logout }","x":"' value='"}'></form>`;
      document.forms[0]?.submit();
    }, action),
  ]);
  expect(response.status()).toBe(415);
}

const codeOf = ({ errors }: { errors: { extensions: { code: string } }[] }) => errors[0]?.extensions.code;

interface Options {
  mode?: 'cors' | 'no-cors';
  contentType?: string;
}
