import { source as axe } from 'axe-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, startApp } from '../kit/app.ts';
import { hasChromium, launchChromium } from '../kit/browser.ts';
import { startSmtp } from '../kit/smtp.ts';
import { openGraphiQL, SAM } from './opened.ts';

const NEW = 'a hundred and two geese';

describe.runIf(hasChromium('nobody has followed a link into GraphiQL'))('the door', { timeout: 60_000 }, async () => {
  const smtp = await startSmtp();
  const app = await startApp({ env: smtp.env });
  const chromium = launchChromium();
  beforeAll(() =>
    app.ask(`mutation { signup(input: { email: "${SAM.email}", password: "${SAM.password}" }) { user { id } } }`),
  );
  const codeFor = (password: string) =>
    app.codeOf(`mutation { login(input: { email: "${SAM.email}", password: "${password}" }) { expiresIn } }`);

  test('asks for the password once more where a sign-in is too long ago, and goes on', async () => {
    const { page, sign, ask, response, failures } = await openGraphiQL(chromium(), app.url);
    await sign('Sign in');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await app.advance(11 * 60_000);
    const deletion = 'mutation Delete { deleteMe(password: "wrong") }';
    await ask(deletion);
    const again = page.getByLabel('Password, once more');
    await again.and(page.locator(':focus')).waitFor();
    await page.evaluate(axe);
    const { violations } = (await page.evaluate('axe.run("#door")')) as { violations: unknown[] };
    expect(violations).toEqual([]);
    await again.fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Email or password is wrong.').waitFor();
    await again.fill(SAM.password);
    await page.keyboard.press('Enter');
    await response.getByText('INVALID_CREDENTIALS').waitFor();
    expect(await again.count()).toBe(0);
    // The keyboard is back where it was.
    await page.locator('.graphiql-query-editor :focus').waitFor();

    await app.advance(11 * 60_000);
    await ask(deletion);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await response.getByText('REAUTHENTICATION_REQUIRED').waitFor();
    await ask(deletion);
    await again.waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await again.waitFor({ state: 'detached' });
    expect(failures).toEqual([]);
  });

  test('sends a link to whoever has forgotten the password, and sets another by it', async () => {
    const { page, failures, kept } = await openGraphiQL(chromium(), app.url);
    const arrived = smtp.next(SAM.email);
    await page.getByLabel('Email').fill(SAM.email);
    await page.getByRole('button', { name: 'Forgotten password' }).click();
    const said = page.getByRole('status').getByText('If there is an account with this email');
    await said.waitFor();
    const { token } = await arrived;
    await page.getByLabel('Email').fill('nobody@example.com');
    await page.getByRole('button', { name: 'Forgotten password' }).click();
    await said.waitFor();

    await page.evaluate(`location.hash = '#/reset-password?token=${token}'`);
    const field = page.getByLabel('New password');
    await field.and(page.locator(':focus')).waitFor();
    expect(page.url()).toBe(`${app.url}/graphql`);
    await field.fill('short');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('It has fewer than 12 characters.').waitFor();
    expect(await codeFor(SAM.password)).toBe(null);
    await field.fill(NEW);
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Sign in with the new password.').waitFor();
    await page.getByLabel('Email').and(page.locator(':focus')).waitFor();
    expect([await codeFor(SAM.password), await codeFor(NEW)]).toEqual(['INVALID_CREDENTIALS', null]);
    expect(await field.count()).toBe(0);
    expect(await kept('')).not.toContain(String(token));
    expect(failures).toEqual([]);
  });

  test('confirms an email when somebody says so, and not before', async () => {
    const { page } = await openGraphiQL(chromium(), app.url);
    const ann = await app.as('ann');
    const arrived = smtp.next(ann.email);
    await ann.ask('mutation { requestEmailConfirmation }');
    const { token } = await arrived;
    await page.goto(`${app.url}/graphql#/confirm-email?token=${token}`);
    await page.reload();
    await page.goto(`${app.url}/graphql#/confirm-email?token=${token}`);
    const button = page.getByRole('button', { name: 'Confirm my email' });
    await button.waitFor();
    const isConfirmed = async () => (await app.db.user.findUnique({ where: { id: ann.id } }))?.emailVerifiedAt !== null;
    expect(await isConfirmed()).toBe(false);
    await page.evaluate(axe);
    const { violations } = (await page.evaluate('axe.run("#door")')) as { violations: unknown[] };
    expect(violations).toEqual([]);
    expect(page.url()).toBe(`${app.url}/graphql`);
    await button.click();
    await page.getByRole('status').getByText('Confirmed.').waitFor();
    expect(await isConfirmed()).toBe(true);
    await page.evaluate(`location.hash = '#/confirm-email?token=${token}'`);
    await button.click();
    await page.getByRole('status').getByText('Cannot be used').waitFor();
  });

  test('takes an account back by the link to the former email, when somebody says so', async () => {
    const { page, failures } = await openGraphiQL(chromium(), app.url);
    const bob = await app.as('bob');
    const email = async () => (await app.db.user.findUnique({ where: { id: bob.id } }))?.email;
    const tokenOf = async (to: string, act: () => Promise<unknown>) => {
      const arrived = smtp.next(to);
      await act();
      return (await arrived).token;
    };
    const change = `mutation { changeEmail(newEmail: "robert@example.com", password: "${PASSWORD}") }`;
    const confirm = await tokenOf('robert@example.com', () => bob.ask(change));
    const undo = await tokenOf(bob.email, () =>
      app.ask('mutation ($token: String!) { confirmEmail(token: $token) }', { token: confirm }),
    );
    await page.evaluate(`location.hash = '#/undo-email-change?token=${undo}'`);
    const button = page.getByRole('button', { name: 'Take my account back' });
    await button.and(page.locator(':focus')).waitFor();
    expect(await email()).toBe('robert@example.com');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('The account has its former email.').waitFor();
    expect(await email()).toBe(bob.email);
    expect(failures).toEqual([]);
  });
});
