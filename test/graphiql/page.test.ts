import { describe, expect, test } from 'vitest';
import { samplesIn } from '../../src/graphiql/samples.ts';
import { schema } from '../../src/schema.ts';
import { startApp } from '../kit/app.ts';
import { hasChromium, launchChromium } from '../kit/browser.ts';
import { openGraphiQL } from './opened.ts';

const app = await startApp();
const { url } = app;

test('only who wants a page gets one, and nobody where GraphiQL is off', async () => {
  const without = await startApp({ env: { GRAPHIQL: 'off' } });
  const typeOf = async (at: string, accept: string) =>
    (await fetch(`${at}/graphql`, { headers: { accept } })).headers.get('content-type');
  expect(await typeOf(url, 'text/html,*/*')).toBe('text/html');
  expect(await typeOf(url, '*/*')).not.toContain('text/html');
  expect(await typeOf(without.url, 'text/html,*/*')).not.toContain('text/html');
});

describe.runIf(hasChromium('nobody has used GraphiQL'))('GraphiQL, in a browser without a network', () => {
  const chromium = launchChromium();

  test('runs what somebody types, shows who may reach what, and asks nobody else for anything', async () => {
    const { page, ask, response, failures, asked } = await openGraphiQL(chromium(), url);
    expect([page.url(), await page.title()]).toEqual([`${url}/graphql`, 'Latchkey']);
    await ask('query Kind { __typename }');
    await response.getByText('"Query"').waitFor();

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    const docs = page.locator('.graphiql-plugin');
    await docs.getByText('Query', { exact: true }).first().click();
    await docs.getByText('All users, in the order in which they signed up. Requires: admin').waitFor();
    await docs.getByText('Session', { exact: true }).first().click();
    await docs.getByText('Requires: owner or admin.').waitFor();

    expect(failures).toEqual([]);
    expect(await page.evaluate('fetch("http://127.0.0.1:1").then(() => "sent", () => "refused")')).toBe('refused');
    expect([...asked]).toEqual([url]);
  }, 60_000);

  test('opens with a tab for each sample', async () => {
    const { page } = await openGraphiQL(chromium(), url);
    const names = samplesIn(schema).map((sample) => /^(?:query|mutation|subscription) (\w+)/m.exec(sample)?.[1]);
    const tabs = await page.locator('.graphiql-tab-button').allTextContents();
    expect([names[0], tabs]).toEqual(['SignUp', names]);
  }, 60_000);

  test('sends a header that somebody types in place of the token of the door, and forgets it', async () => {
    const { page, sign, ask, response, kept, failures } = await openGraphiQL(chromium(), url);
    await sign('Sign up');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.getByRole('button', { name: 'Headers' }).click();
    await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines').click();
    await page.keyboard.insertText('{ "authorization": "Bearer written-by-hand" }');
    await ask('query Me { me { email } }');
    await response.getByText('INVALID_TOKEN').waitFor();
    await page.getByText('sam@example.com', { exact: true }).waitFor();

    expect(await kept('query Me')).not.toContain('written-by-hand');
    expect(failures).toEqual([]);
  }, 60_000);
});
