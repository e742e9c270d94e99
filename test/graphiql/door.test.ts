import { source as axe } from 'axe-core';
import type { Page, Request } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../kit/app.ts';
import { hasChromium, launchChromium } from '../kit/browser.ts';
import { openGraphiQL, SAM } from './opened.ts';

const ME = 'query Me { me { email } }';

describe.runIf(hasChromium('nobody has used the door of GraphiQL'))('the door', async () => {
  const app = await startApp();
  const chromium = launchChromium();
  beforeAll(() =>
    app.ask(`mutation { signup(input: { email: "${SAM.email}", password: "${SAM.password}" }) { user { id } } }`),
  );
  const open = (options = {}) => openGraphiQL(chromium(), app.url, options);

  test('signs up, says who is signed in, goes along with every request, and signs out', async () => {
    const { page, ask, response, kept, failures, asked } = await open();
    const [signup] = await Promise.all([page.waitForResponse(`${app.url}/graphql`), signUp(page, 'tim@example.com')]);
    const { accessToken, refreshToken } = (await signup.json()).data.signup;
    await page.getByText('tim@example.com', { exact: true }).waitFor();
    await page.getByText('USER', { exact: true }).waitFor();

    const [request] = await Promise.all([page.waitForRequest(asksFor('Me')), ask(ME)]);
    expect(await request.headerValue('authorization')).toBe(`Bearer ${accessToken}`);
    await response.getByText('tim@example.com').waitFor();
    for (const secret of [accessToken, refreshToken, SAM.password])
      expect(await kept('query Me')).not.toContain(secret);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await app.codeOf(ME, {}, { authorization: `Bearer ${accessToken}` })).toBe('SESSION_ENDED');
    const [later] = await Promise.all([page.waitForRequest(asksFor('Me')), ask(ME)]);
    expect(await later.headerValue('authorization')).toBe(null);
    await response.getByText('UNAUTHENTICATED').waitFor();
    for (const secret of [accessToken, refreshToken, SAM.password])
      expect(await kept('query Me')).not.toContain(secret);
    expect([failures, [...asked]]).toEqual([[], [app.url]]);
  }, 60_000);

  test('is gone with the page: who loads it again is signed out', async () => {
    const { page, sign } = await open();
    await sign('Sign in');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  }, 60_000);

  test('says why it lets nobody in', async () => {
    const { page, sign, failures } = await open();
    const status = page.getByRole('status').first();
    await sign('Sign up');
    await status.getByText('There is an account with this email already.').waitFor();
    await page.getByLabel('Password').and(page.locator(':focus')).waitFor();
    await signUp(page, 'una@example.com', 'short');
    await status.getByText('Choose another password. It has fewer than 12 characters.').waitFor();
    await page.context().setOffline(true);
    await sign('Sign in');
    await status.getByText('The server cannot be reached.').waitFor();
    expect(failures).toEqual([expect.stringContaining('ERR_INTERNET_DISCONNECTED')]);
  }, 60_000);

  test('says of a refused place what it requires, until something else is answered', async () => {
    const { page, sign, ask, response, failures } = await open();
    const refusal = page.getByRole('status').getByText('Query.users · Requires: admin');
    const users = 'query Users { users { totalCount } }';
    await ask(users);
    await refusal.waitFor();
    await sign('Sign in');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await ask(users);
    await response.getByText('FORBIDDEN').waitFor();
    await refusal.waitFor();
    await ask(ME);
    await refusal.waitFor({ state: 'detached' });

    await app.db.user.update({ where: { email: SAM.email }, data: { role: 'ADMIN' } });
    await app.advance(0);
    await ask(users);
    await response.getByText('"totalCount"').waitFor();
    await page.getByText('ADMIN', { exact: true }).waitFor();
    await app.db.user.update({ where: { email: SAM.email }, data: { role: 'USER' } });
    expect(failures).toEqual([]);
  }, 60_000);

  test('is used by the keyboard alone', async () => {
    const { page } = await open();
    const focused = () =>
      page.evaluate('document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText');
    const passed = [];
    for (let n = 0; n < 5; n++) {
      await page.keyboard.press('Tab');
      passed.push(String(await focused()).trim());
    }
    expect(passed).toEqual(['Email', 'Password', 'Sign in', 'Sign up', 'Forgotten password']);
    for (let n = 0; n < 4; n++) await page.keyboard.press('Shift+Tab');
    await page.keyboard.type(SAM.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(SAM.password);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.getByLabel('Email').and(page.locator(':focus')).waitFor();
  }, 60_000);

  test.each(['light', 'dark'] as const)(
    'has nothing that axe would mend, in %s colours',
    async (colorScheme) => {
      const { page, sign } = await open({ colorScheme });
      expect(await findingsOf(page)).toEqual([]);
      await page.getByRole('button', { name: 'Sign in' }).focus();
      expect(await findingsOf(page)).toEqual([]);
      await sign('Sign in');
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      expect(await findingsOf(page)).toEqual([]);
    },
    60_000,
  );
});

async function signUp(page: Page, email: string, password = SAM.password) {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign up' }).click();
}

const asksFor = (operation: string) => (request: Request) =>
  request.postData()?.includes(`query ${operation}`) ?? false;

/**
 * Of the whole page but for what is GraphiQL's own: buttons within its tabs, comments and line numbers that are pale in its editors,
 * and that there is no heading above it all.
 */
async function findingsOf(page: Page) {
  await page.evaluate(axe);
  return page.evaluate(`axe
    .run({ exclude: ['.graphiql-tabs', '.monaco-editor'] }, { rules: { 'page-has-heading-one': { enabled: false } } })
    .then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))`);
}
