import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';

const CHROMIUM = process.env['TEST_CHROMIUM'] || '/usr/bin/chromium';
const SIGNUP =
  'mutation { signup(input: { email: "ann@example.com", password: "correct horse battery staple" }) { user { email } } }';
const missing = !process.env['TEST_CHROMIUM'] && !existsSync(CHROMIUM);
if (missing) console.warn(`SKIPPED: there is no Chromium at ${CHROMIUM} (TEST_CHROMIUM), so nobody has used GraphiQL.`);

describe.skipIf(missing)('GraphiQL, in a browser without a network', async () => {
  const { url } = await startApp();
  let browser: Browser;
  beforeAll(async () => {
    const withoutNetwork = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';
    const args = ['--no-sandbox', '--disable-dev-shm-usage', withoutNetwork];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  });
  afterAll(() => browser.close());

  test('runs what somebody types, shows who may reach a type, and asks nobody else for anything', async () => {
    const page = await browser.newPage();
    const asked = new Set<string>();
    const failures: string[] = [];
    page.on('request', (request) => asked.add(new URL(request.url()).origin));
    page.on('requestfailed', (request) => failures.push(request.url()));
    // What the policy forbids is said there and nowhere else.
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()));
    page.on('pageerror', (error) => failures.push(error.message));

    await page.goto(`${url}/graphql`);
    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('Delete');
    // At once: letter by letter, the editor would close brackets and complete names on its own.
    await page.keyboard.insertText(SIGNUP);
    await page.keyboard.press('ControlOrMeta+Enter');
    await page.locator('.graphiql-response').getByText('ann@example.com').first().waitFor();

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    const docs = page.locator('.graphiql-plugin');
    await docs.getByText('Session', { exact: true }).first().click();
    await docs.getByText('Requires: owner or admin.').waitFor();

    expect(failures).toEqual([]);
    expect(await page.evaluate('fetch("http://127.0.0.1:1").then(() => "sent", () => "refused")')).toBe('refused');
    expect([...asked]).toEqual([url]);
  }, 60_000);
});
