import type { Browser, BrowserContextOptions, ConsoleMessage, Locator, Page } from 'playwright-core';
import { expect, vi } from 'vitest';

/** GraphiQL in a window of its own, to which `/` leads, and what happens in it that should not. */
export async function openGraphiQL(browser: Browser, url: string, options: Options = {}): Promise<GraphiQL> {
  const { prepare, ...contextOptions } = options;
  const page = await browser.newPage(contextOptions);
  const failures: string[] = [];
  const asked = new Set<string>();
  page.on('request', (request) => asked.add(new URL(request.url()).origin));
  // What the policy forbids is said there and nowhere else.
  page.on('console', (message) => isComplaint(message) && failures.push(message.text()));
  page.on('pageerror', (error) => failures.push(error.message));
  await prepare?.(page);
  await page.goto(url);
  const editor = page.locator('.graphiql-query-editor .view-lines');
  const response = page.locator('.graphiql-response');
  await editor.waitFor();

  return {
    page,
    failures,
    asked,
    response,
    async sign(how) {
      await page.getByLabel('Email').fill(SAM.email);
      await page.getByLabel('Password').fill(SAM.password);
      await page.getByRole('button', { name: how }).click();
    },
    async ask(query) {
      const [, name = ''] = /^\w+ (\w+)/.exec(query) ?? [];
      await editor.click();
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.press('Delete');
      // At once: letter by letter, the editor would close brackets and complete names on its own.
      await page.keyboard.insertText(query);
      // Before that, it would be run by the name of what was there.
      await page.locator('.graphiql-tab-active').getByText(name).waitFor();
      await page.keyboard.press('ControlOrMeta+Enter');
    },
    async kept(text) {
      // GraphiQL keeps its tabs a while after the last letter, and what else it keeps before.
      const tabs = () => page.evaluate('localStorage.getItem("graphiql:tabState")');
      await vi.waitFor(async () => expect(await tabs()).toContain(text), { timeout: 20_000 });
      return page.evaluate(
        'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])',
      );
    },
    async runTab(name) {
      await page.getByRole('tab').getByText(name).click();
      // For half a second it is run by the name of the tab before, which goes no further than the page.
      const run = async () => {
        const sent = page.waitForRequest((request) => request.postDataJSON()?.operationName === name, {
          timeout: 1000,
        });
        await page.getByRole('button', { name: 'Execute query' }).click();
        return sent;
      };
      const request = await vi.waitFor(run, { timeout: 20_000 });
      await request.response();
    },
  };
}

/** Not that the server refused something, which Chromium calls an error as well. */
const isComplaint = (message: ConsoleMessage) =>
  ['error', 'warning'].includes(message.type()) &&
  !/^Failed to load resource: .* status of 40[13] /.test(message.text());

/** Who uses the door. */
export const SAM = { email: 'sam@example.com', password: 'one hundred and one geese' };

interface Options extends BrowserContextOptions {
  /** Before the page is loaded. */
  prepare?(page: Page): Promise<void>;
}

export interface GraphiQL {
  page: Page;
  /** What was complained of on the console, and what was thrown. */
  failures: string[];
  /** The origins of which anything was asked. */
  asked: Set<string>;
  response: Locator;
  /** As Sam, by the door. */
  sign(how: 'Sign in' | 'Sign up'): Promise<void>;
  /** Runs an operation that has a name, in place of what is in the editor. */
  ask(query: string): Promise<void>;
  /** All that outlives the page, with its address, once its tabs hold this text. */
  kept(text: string): Promise<string>;
  /** Runs a tab as it stands, until it has answered. */
  runTab(name: string): Promise<void>;
}
