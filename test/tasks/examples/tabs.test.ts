import { randomUUID } from 'node:crypto';
import { setTimeout as elapsed } from 'node:timers/promises';
import type { BrowserContext, Page, Response } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { areInstalled } from '../../examples/installed.ts';
import { hasChromium, launchChromium } from '../../kit/browser.ts';
import { type Server, serve } from '../../kit/server-process.ts';
import { isThorough } from '../../kit/thorough.ts';
import {
  type Elsewhere,
  elsewhere,
  findingsOf,
  heading,
  isRefresh,
  KINDS,
  openTab,
  sign,
  startFrontEnds,
} from './front-ends.ts';

const isRun = hasChromium('nobody has had a front end in two tabs') && areInstalled('the front ends in two tabs');

/** Of each front end, at the same time; access tokens last five seconds. */
describe.runIf(isRun)('two tabs', { timeout: 60_000 }, () => {
  const chromium = launchChromium();
  let front: Awaited<ReturnType<typeof startFrontEnds>>;
  let server: Server;
  const failures: string[][] = [];

  beforeAll(async () => {
    front = await startFrontEnds();
    server = await serve(front.env);
  }, 60_000);

  afterEach(async () => {
    const contexts = chromium().contexts();
    await Promise.all(contexts.map((context) => context.close()));
    expect(failures.splice(0).flat()).toEqual([]);
  });

  test('who signs in or out in one has done so in the other, and is who they were after a reload', async () => {
    await inEach(async ({ pages: [one, other], context }) => {
      await one.reload();
      await heading(one, 'Tasks');
      await other.getByRole('button', { name: 'Sign out' }).click();
      await heading(one, 'Sign in');
      await one.getByRole('status').getByText('You are signed out.').waitFor();
      expect(await context.cookies()).toEqual([]);
      await one.reload();
      await heading(one, 'Sign in');
    });
  });

  test('20 times, both refresh at the same moment, and nobody is signed out', async () => {
    await inEach(async ({ pages, context }) => {
      let refreshes = 0;
      context.on('request', (request) => {
        if (isRefresh(request)) refreshes += 1;
      });
      for (let time = 0; time < 20; time += 1) {
        for (const page of pages) await page.evaluate('((now) => { Date.now = () => now() + 60_000; })(Date.now)');
        await Promise.all(pages.map((page) => search(page, `nothing ${time}`)));
      }
      expect(refreshes).toBeGreaterThanOrEqual(20);
      // Mostly it is one for both.
      expect(refreshes).toBeLessThan(40);
    });
  });

  test('no change is missed in either, while tokens end', async () => {
    await inEach(async ({ pages, other }) => {
      const streams = pages.map(countStreams);
      for (let n = 0; n < (isThorough ? 60 : 30); n += 1) {
        await other.create(`Task ${n}`);
        await Promise.all(pages.map((page) => hears(page, `Added: Task ${n}`)));
        await elapsed(200);
      }
      for (const count of streams) expect(count()).toBeGreaterThan(0);
    });
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('come back after %s of the server, up to date', async (signal) => {
    const all = await openEach();
    const again = all.flatMap(({ pages }) => pages.map(streamOf));
    await server.stop(signal);
    server = await serve(front.env);
    for (const { other } of all) await other.create('Before anybody listens');
    await Promise.all(again);
    for (const { pages, other } of all) {
      await other.create('Heard');
      for (const page of pages) {
        await hears(page, 'Added: Heard');
        await page.getByText('Before anybody listens', { exact: true }).waitFor();
      }
    }
  });

  test('who was offline past the end of a token is signed in, and sees what they missed', async () => {
    await inEach(async ({ pages, context, other }) => {
      await context.setOffline(true);
      const ended = elapsed(6000);
      for (const page of pages) {
        await page.getByText('You are offline').waitFor();
        await page.getByLabel('Search titles').fill('e');
        await page.getByText('Latchkey cannot be reached.').waitFor();
      }
      await other.create('Missed');
      expect(await findingsOf(pages[0])).toEqual([]);
      await ended;
      const again = pages.map(streamOf);
      await context.setOffline(false);
      await Promise.all(again);
      await other.create('Heard');
      for (const page of pages) {
        await hears(page, 'Added: Heard');
        await page.getByText('Missed', { exact: true }).waitFor();
        expect(await page.getByText('Latchkey cannot be reached.').count()).toBe(0);
      }
    });
  });

  async function inEach(work: (opened: Opened) => Promise<void>) {
    await Promise.all((await openEach()).map(work));
  }

  const openEach = () => Promise.all(KINDS.map((kind) => open(front.urls[kind])));

  /** Somebody who signs up in one of two tabs, and so is in the other, with a stream in each. */
  async function open(url: string): Promise<Opened> {
    const context = await chromium().newContext();
    const [one, other] = [await openTab(context, url), await openTab(context, url)];
    failures.push(one.failures, other.failures);
    const pages = [one.page, other.page] as const;
    const streams = pages.map(streamOf);
    const email = `${randomUUID()}@example.com`;
    await sign(one.page, 'Sign up', email);
    await Promise.all(streams);
    return { pages, context, other: await elsewhere(front.api, email) };
  }
});

interface Opened {
  pages: readonly [Page, Page];
  context: BrowserContext;
  other: Elsewhere;
}

async function search(page: Page, text: string) {
  const answered = page.waitForResponse((response) => Boolean(response.request().postData()?.includes(`"${text}"`)));
  await page.getByLabel('Search titles').fill(text);
  expect((await answered).status()).toBe(200);
}

const hears = (page: Page, text: string) =>
  page.waitForFunction(`said.includes(${JSON.stringify(text)})`, null, { polling: 20 });

const isStream = (response: Response) => Boolean(response.headers()['content-type']?.startsWith('text/event-stream'));

/** Waits for the next one to be connected. */
const streamOf = (page: Page) => page.waitForResponse(isStream);

function countStreams(page: Page) {
  let count = 0;
  page.on('response', (response) => {
    if (isStream(response)) count += 1;
  });
  return () => count;
}
