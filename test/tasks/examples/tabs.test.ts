import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as elapsed } from 'node:timers/promises';
import { type Browser, chromium, type Page, type Response } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSession } from '../../../examples/client/session.ts';
import { bundled } from '../../examples/bundled.ts';
import { areInstalled } from '../../examples/installed.ts';
import { PASSWORD } from '../../kit/app.ts';
import { afterFile } from '../../kit/cleanup.ts';
import { dataDirectory } from '../../kit/directory.ts';
import { type Server, serve } from '../../kit/server-process.ts';
import { isThorough } from '../../kit/thorough.ts';
import type { Tab } from './tab.ts';

const CHROMIUM = process.env['TEST_CHROMIUM'] || '/usr/bin/chromium';
const missing = !process.env['TEST_CHROMIUM'] && !existsSync(CHROMIUM);
if (missing) console.warn(`SKIPPED: there is no Chromium at ${CHROMIUM} (TEST_CHROMIUM), so no tab has had a session.`);

declare const tab: Tab;

/** One with urql, one with Apollo, on another port than the API, whose access tokens last five seconds. */
describe.runIf(!missing && areInstalled('the session in tabs'))('two tabs of a browser', () => {
  let browser: Browser;
  let server: Server;
  let page: string;
  let env: Record<string, string>;
  const errors: string[] = [];

  beforeAll(async () => {
    const script = await readFile(await bundled('test/tasks/examples/tab.ts', 'browser'), 'utf8');
    const pages = createServer(({ url }, response) => {
      const [type, content] = url === '/tab.js' ? ['text/javascript', script] : ['text/html', PAGE];
      response.setHeader('content-type', type).end(content);
    });
    await new Promise<void>((listening) => pages.listen(0, '127.0.0.1', listening));
    afterFile(() => pages.close());
    page = `http://localhost:${(pages.address() as AddressInfo).port}`;
    env = { DATA_DIR: dataDirectory(), ACCESS_TOKEN_TTL: '5s', CORS_ORIGINS: page };
    server = await serve(env);
    env['PORT'] = new URL(server.url).port;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
    afterFile(() => browser.close());
  }, 60_000);

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(errors.splice(0)).toEqual([]);
  });

  test('who signs in or out in one tab has done so in the other, and is who they were after a reload', async () => {
    const { context, tabs, email } = await signedUp();
    const [one, other] = tabs;
    expect(await Promise.all(tabs.map(users))).toEqual([
      [null, email],
      [null, email],
    ]);
    await one.reload();
    await until(one, (email) => tab.session.user?.email === email, email);
    expect(await users(one)).toEqual([email]);

    await other.evaluate(() => tab.session.signOut());
    await until(one, () => tab.session.user === null);
    expect(await context.cookies()).toEqual([]);
    await one.reload();
    await until(one, () => tab.session.user === null);
    expect(await one.evaluate(() => tab.session.accessToken())).toBe(null);
  });

  test('20 times, both refresh at the same moment, and nobody is signed out', async () => {
    const { tabs, email } = await signedUp();
    let refreshes = 0;
    for (const one of tabs)
      one.on('request', (request) => {
        if (request.postData()?.includes('refresh(')) refreshes += 1;
      });
    const past = (one: Page) =>
      one.evaluate(() => {
        const now = Date.now;
        Date.now = () => now() + 60_000;
        return tab.session.accessToken();
      });
    for (let time = 0; time < 20; time += 1) {
      for (const token of await Promise.all(tabs.map(past))) expect(token).toMatch(/^ey/);
    }
    expect(await Promise.all(tabs.map(users))).toEqual([
      [null, email],
      [null, email],
    ]);
    expect(refreshes).toBeGreaterThanOrEqual(20);
    // Mostly it is one for both.
    expect(refreshes).toBeLessThan(40);
  });

  test('no change is missed in either tab, while tokens end', async () => {
    const { tabs, create } = await signedUp();
    const titles = Array.from({ length: isThorough ? 60 : 30 }, (_, n) => `Task ${n}`);
    const streams = tabs.map(countStreams);
    for (const title of titles) {
      await create(title);
      await elapsed(200);
    }
    for (const one of tabs) await until(one, (count) => new Set(tab.changed).size >= count, titles.length);
    for (const one of tabs) {
      expect(new Set(await one.evaluate(() => tab.changed))).toEqual(new Set(titles));
      await until(one, (count) => tab.shown.length === count, titles.length);
    }
    for (const count of streams) expect(count()).toBeGreaterThan(0);
  }, 60_000);

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'streams come back after %s, and lists are up to date',
    async (signal) => {
      const { tabs, email, create } = await signedUp();
      await server.stop(signal);
      const again = tabs.map(streamOf);
      server = await serve(env);
      await create('Before anybody listens');
      await Promise.all(again);
      await create('Heard');
      for (const one of tabs) {
        await until(one, () => tab.changed.includes('Heard') && tab.shown.length === 2);
        expect(await users(one)).toEqual([null, email]);
      }
    },
    60_000,
  );

  test('whoever was offline past the end of a token is signed in, and sees what they missed', async () => {
    const { context, tabs, email, create } = await signedUp();
    const isOver = await Promise.all(tabs.map((one) => one.evaluate(() => performance.now() + 6000)));
    await context.setOffline(true);
    await create('Missed');
    for (const [n, one] of tabs.entries()) await until(one, (over) => performance.now() > over, isOver[n] ?? 0);
    const again = tabs.map(streamOf);
    await context.setOffline(false);
    await Promise.all(again);
    await create('Heard');
    for (const one of tabs) {
      await until(one, () => tab.changed.includes('Heard') && tab.shown.includes('Missed'));
      expect(await users(one)).toEqual([null, email]);
    }
  }, 60_000);

  /** Two tabs with an open stream each, and somebody who makes tasks of the same user elsewhere. */
  async function signedUp() {
    const context = await browser.newContext();
    const tabs = [await open(context, 'urql'), await open(context, 'apollo')] as const;
    const streams = tabs.map(streamOf);
    const email = `${randomUUID()}@example.com`;
    const signUp = { email, password: PASSWORD };
    await tabs[0].evaluate((input) => tab.session.signUp(input), signUp);
    await Promise.all(streams);
    const elsewhere = createSession({ url: `${server.url}/graphql`, delivery: 'BODY' });
    await elsewhere.signIn(signUp);
    const create = async (title: string) => {
      const body = JSON.stringify({ query: CREATE, variables: { title } });
      const headers = { 'content-type': 'application/json' };
      const response = await elsewhere.fetch(elsewhere.url, { method: 'POST', headers, body });
      expect(await response.json()).toMatchObject({ data: { createTask: { title } } });
    };
    return { context, tabs, email, create };
  }

  async function open(context: Awaited<ReturnType<Browser['newContext']>>, client: string): Promise<Page> {
    const one = await context.newPage();
    one.setDefaultTimeout(15_000);
    // What the browser says of a request that failed is no error of the page's. A server that has just begun to listen answers
    // without a word about origins.
    one.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && !/^(Failed to load resource|Access to fetch)/.test(text)) errors.push(text);
    });
    one.on('pageerror', (error) => errors.push(error.message));
    const url = `http://localhost:${env['PORT']}/graphql`;
    await one.goto(`${page}/?${new URLSearchParams({ client, url })}`);
    await until(one, () => tab.session.user === null);
    return one;
  }
});

const PAGE = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/tab.js"></script>';
const CREATE = 'mutation ($title: String!) { createTask(input: { title: $title }) { title } }';

const users = (one: Page) => one.evaluate(() => tab.users);

const until = <Argument>(one: Page, holds: (argument: Argument) => unknown, argument?: Argument) =>
  one.waitForFunction(holds as () => unknown, argument, { polling: 50 });

const isStream = (response: Response) => Boolean(response.headers()['content-type']?.startsWith('text/event-stream'));

/** Waits for the next one to be connected. */
const streamOf = (one: Page) => one.waitForResponse(isStream);

function countStreams(one: Page) {
  let count = 0;
  one.on('response', (response) => {
    if (isStream(response)) count += 1;
  });
  return () => count;
}
