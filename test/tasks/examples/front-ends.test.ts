import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { areInstalled } from '../../examples/installed.ts';
import { hasChromium, launchChromium } from '../../kit/browser.ts';
import { latchkey, serve } from '../../kit/server-process.ts';
import { type Smtp, startSmtp } from '../../kit/smtp.ts';
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
  type Tab,
} from './front-ends.ts';

const isRun = hasChromium('nobody has used a front end') && areInstalled('the front ends');

describe.runIf(isRun)('a front end', { timeout: 60_000 }, () => {
  const chromium = launchChromium();
  let front: Awaited<ReturnType<typeof startFrontEnds>>;
  let admin: { email: string; password: string };
  let smtp: Smtp;

  beforeAll(async () => {
    front = await startFrontEnds();
    const { output } = await latchkey(['seed'], front.env).ended;
    const [, email = '', password = ''] = /(\S+) {2}(.+) {2}\(admin\)/.exec(output) ?? [];
    admin = { email, password };
    smtp = await startSmtp();
    await serve({ ...front.env, ...smtp.env });
  }, 60_000);

  afterEach(async () => {
    const contexts = chromium().contexts();
    await Promise.all(contexts.map((context) => context.close()));
  });

  test.each(KINDS)('with %s goes from sign-up to sign-out, past the end of access tokens', async (kind) => {
    const tab = await openTab(await chromium().newContext(), front.urls[kind]);
    const email = `${randomUUID()}@example.com`;
    await signUp(tab.page, email);
    const other = await elsewhere(front.api, email);
    await editTask(tab);
    await seeAll(tab.page, other);
    await tab.page.waitForRequest(isRefresh);
    await deleteTask(tab.page);
    await endSessions(tab.page, other);
    await signIn(tab.page, email);
    expect(tab.failures).toEqual([]);
    expect([...tab.asked]).toEqual([front.urls[kind]]);
  });

  test.each(KINDS)('with %s lets an admin see to users, who feel it', async (kind) => {
    const { page, failures, said } = await openTab(await chromium().newContext(), front.urls[kind]);
    const { page: theirs, failures: theirFailures } = await openTab(await chromium().newContext(), front.urls[kind]);
    const email = `${randomUUID()}@example.com`;
    await sign(theirs, 'Sign up', email);
    await heading(theirs, 'Tasks');

    await sign(page, 'Sign in', admin.email, admin.password);
    await page.getByRole('link', { name: 'Users' }).click();
    const users = list(page, 'Users').getByRole('listitem');
    await page.getByLabel('Search emails and names').fill(admin.email);
    await soon(async () => expect(await users.count()).toBe(1));
    await users.getByLabel('Admin').click();
    await soon(async () => expect((await said()).at(-1)).toContain('last enabled admin'));
    expect(await users.getByLabel('Admin').isChecked()).toBe(true);

    await page.getByLabel('Search emails and names').fill(email);
    await users.getByText(email).first().waitFor();
    await users.getByLabel('Admin').click();
    await users.getByRole('checkbox', { name: 'Admin', checked: true }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await theirs.getByRole('link', { name: 'Sessions' }).click();
    await theirs.getByRole('link', { name: 'Users' }).waitFor();
    await users.getByLabel('Admin').click();
    await users.getByRole('checkbox', { name: 'Admin', checked: false }).waitFor();

    await users.getByRole('button', { name: 'Disable' }).click();
    await users.getByText('disabled').waitFor();
    await theirs.getByRole('link', { name: 'Tasks' }).click();
    await heading(theirs, 'Sign in');
    await sign(theirs, 'Sign in', email);
    await theirs.getByRole('alert').getByText('Email or password is wrong.').waitFor();
    await users.getByRole('button', { name: 'Enable' }).click();
    await users.getByRole('button', { name: 'Disable' }).waitFor();
    await sign(theirs, 'Sign in', email);
    await heading(theirs, 'Tasks');
    expect([...failures, ...theirFailures]).toEqual([]);
  });

  test.each(KINDS)('with %s follows links of mails, and shows what has happened to the account', async (kind) => {
    const url = front.urls[kind];
    const { page, failures, said } = await openTab(await chromium().newContext(), url);
    const [email, other] = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
    const link = async (to: string, act: () => Promise<unknown>) => {
      const arrived = smtp.next(to);
      await act();
      const { text } = await arrived;
      return `${url}/${/#.*$/m.exec(text)?.[0]}`;
    };
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
    await sign(page, 'Sign up', email);
    await heading(page, 'Tasks');
    await press('Sign out');

    await press('Get a link');
    await page.getByLabel('Email').fill(email);
    const reset = await link(email, () => press('Send a link'));
    await soon(async () => expect((await said()).at(-1)).toContain('a mail with a link is on its way'));
    await page.goto(reset);
    await heading(page, 'Choose a new password');
    expect(page.url()).not.toContain('token');
    expect(await findingsOf(page)).toEqual([]);
    await page.getByLabel('New password', { exact: true }).fill('short');
    await press('Set password');
    expect(await faultAtFocus(page)).toEqual(['newPassword', 'It has fewer than 12 characters.']);
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await press('Set password');
    await sign(page, 'Sign in', email, NEW_PASSWORD);

    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByText('confirmed', { exact: true }).waitFor();
    await page.getByText('Password reset', { exact: true }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByLabel('My role is changed').click();
    await page.getByRole('checkbox', { name: 'My role is changed', checked: false }).waitFor();
    await page.getByLabel('New email').fill(other);
    await page.getByRole('form', { name: 'Change email' }).getByLabel('Password').fill(NEW_PASSWORD);
    const confirm = await link(other, () => press('Change email'));
    await page.goto(confirm);
    await heading(page, 'Confirm your email');
    const undo = await link(email, () => press('Confirm'));
    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByText(`${other} confirmed`, { exact: true }).waitFor();

    await page.goto(undo);
    await heading(page, 'Take your account back');
    const again = await link(email, () => press('Take it back'));
    await heading(page, 'Sign in');
    await sign(page, 'Sign in', other, NEW_PASSWORD);
    await page.getByRole('alert').getByText('Email or password is wrong.').waitFor();
    await page.goto(again);
    await heading(page, 'Choose a new password');
    await press('Not now');
    await heading(page, 'Sign in');
    expect(failures).toEqual([]);
  });

  test.each(KINDS)('with %s asks for the password once more where the server wants that, and goes on', async (kind) => {
    const context = await chromium().newContext();
    const { page, failures } = await openTab(context, front.urls[kind]);
    await sign(page, 'Sign in', admin.email, admin.password);
    await page.getByRole('link', { name: 'Users' }).click();
    const other = await openTab(context, front.urls[kind]);
    await heading(other.page, 'Tasks');
    const users = list(page, 'Users').getByRole('listitem');
    await page.getByLabel('Search emails and names').fill('@example.com');
    await users.nth(1).waitFor();
    const user = users.filter({ hasNotText: admin.email }).first();
    // Ten minutes are too long to wait for: the first answer is what the server would say then.
    const errors = [{ message: 'Confirm your password first.', extensions: { code: 'REAUTHENTICATION_REQUIRED' } }];
    const refused = { status: 401, contentType: 'application/json', body: JSON.stringify({ data: null, errors }) };
    let refusals = 0;
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('setUserDisabled') && refusals++ === 0
        ? route.fulfill(refused)
        : route.fallback(),
    );
    await user.getByRole('button', { name: 'Disable' }).click();
    const dialog = page.getByRole('dialog', { name: 'Is it still you?' });
    const password = dialog.getByLabel('Password', { exact: true });
    await password.and(page.locator(':focus')).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await password.fill('wrong');
    await page.keyboard.press('Enter');
    await dialog.getByText('Email or password is wrong.').waitFor();
    await password.fill(admin.password);
    await page.keyboard.press('Enter');
    await user.getByText('disabled').waitFor();
    await user.getByRole('button', { name: 'Enable' }).click();
    await user.getByRole('button', { name: 'Disable' }).waitFor();
    refusals = 0;
    await user.getByRole('button', { name: 'Disable' }).click();
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await user.getByRole('button', { name: 'Disable' }).waitFor();

    // The refresh token is what it was, past the end of the access token that came with the password, in each tab.
    await other.page.waitForRequest(isRefresh);
    for (const tab of [other.page, page]) {
      await tab.reload();
      await tab.getByRole('button', { name: 'Sign out' }).waitFor();
    }
    expect([...failures, ...other.failures]).toEqual([]);
  });

  test('on another origin than the API does the same', async () => {
    const { page, failures, asked } = await openTab(await chromium().newContext(), front.alone);
    const email = `${randomUUID()}@example.com`;
    await sign(page, 'Sign up', email);
    await heading(page, 'Tasks');
    await (await elsewhere(front.api, email)).create('Buy milk');
    await tasks(page).getByText('Buy milk').waitFor();
    await page.reload();
    await tasks(page).getByText('Buy milk').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(page, 'Sign in');
    expect(failures).toEqual([]);
    expect([...asked]).toEqual([front.alone, front.api]);
  });

  test('says that the server does not answer, and asks again', async () => {
    const context = await chromium().newContext();
    await context.route('**/graphql', (route) => route.abort());
    const { page } = await openTab(context, front.urls.urql);
    await heading(page, 'Nobody answers');
    expect(await findingsOf(page)).toEqual([]);
    await context.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await heading(page, 'Sign in');
  }, 60_000);
});

const NEW_PASSWORD = 'a hundred and two geese';

async function signUp(page: Page, email: string) {
  await sign(page, 'Sign up', email, 'short');
  expect(await faultAtFocus(page)).toEqual(['password', 'It has fewer than 12 characters.']);
  expect(await findingsOf(page)).toEqual([]);
  await sign(page, 'Sign up', email);
  await heading(page, 'Tasks');
  await page.getByText('No tasks here.').waitFor();
}

/** By keyboard alone, but for what is a click for everybody. */
async function editTask({ page, said }: Tab) {
  await page.getByRole('textbox', { name: 'New task' }).press('Enter');
  expect(await faultAtFocus(page)).toEqual(['title', 'Must not be empty.']);
  await page.keyboard.type('Buy milk');
  await page.keyboard.press('Enter');
  await soon(async () => expect(await said()).toEqual(['Added: Buy milk']));

  await page.getByRole('button', { name: 'Edit Buy milk' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Edit task' });
  await dialog.getByLabel('Title').fill('Buy oat milk');
  await dialog.getByLabel('Status').selectOption('In progress');
  await dialog.getByLabel('Due').fill('2030-12-24');
  expect(await findingsOf(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.locator('[aria-label="Edit Buy oat milk"]:focus').waitFor();
  await tasks(page).getByText('in progress').waitFor();

  await tasks(page).getByRole('checkbox', { name: 'Buy oat milk' }).press('Space');
  await page.getByRole('radio', { name: 'To do' }).press('Space');
  await page.getByText('No tasks here.').waitFor();
  await page.getByRole('radio', { name: 'Done' }).press('Space');
  await tasks(page).getByRole('checkbox', { name: 'Buy oat milk', checked: true }).waitFor();
  await page.getByRole('radio', { name: 'All' }).press('Space');
}

/** On its way to the end of the list the page asks for more, and is not led astray by what comes and goes meanwhile. */
async function seeAll(page: Page, other: Elsewhere) {
  const titles = Array.from({ length: 45 }, (_, n) => `Task ${n}`);
  for (const title of titles) await other.create(title);
  const all = [...titles].reverse().concat('Buy oat milk');
  await soon(async () => {
    await page.keyboard.press('End');
    expect(await titlesIn(page)).toEqual(all);
  });
  const id = await other.create('Newest');
  await soon(async () => expect(await titlesIn(page)).toEqual(['Newest', ...all]));
  await other.ask('mutation ($id: ID!) { deleteTask(id: $id) }', { id });
  await soon(async () => expect(await titlesIn(page)).toEqual(all));
  await page.getByLabel('Search titles').fill('TASK 4');
  await soon(async () => expect(await titlesIn(page)).toEqual(all.filter((title) => title.startsWith('Task 4'))));
}

async function deleteTask(page: Page) {
  await page.getByRole('button', { name: 'Edit Task 44' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.locator('h1:focus').waitFor();
  await tasks(page).getByText('Task 44').waitFor({ state: 'detached' });
  expect(await findingsOf(page)).toEqual([]);
}

async function endSessions(page: Page, other: Elsewhere) {
  await page.getByRole('link', { name: 'Sessions' }).click();
  await heading(page, 'Sessions');
  const sessions = list(page, 'Sessions').getByRole('listitem');
  await soon(async () => expect(await sessions.count()).toBe(2));
  expect(await findingsOf(page)).toEqual([]);
  await page.getByRole('button', { name: /^End/ }).click();
  await soon(async () => expect(await sessions.count()).toBe(1));
  expect((await other.ask('{ viewer { id } }')).data).toEqual({ viewer: null });

  expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0);
  await page.evaluate('location.hash = "users"');
  await page.getByText('Only admins may see all users.').waitFor();
  await page.getByRole('link', { name: 'Sessions' }).click();
  await page.getByRole('button', { name: 'Sign out everywhere', exact: true }).click();
  await heading(page, 'Sign in');
  expect(await page.context().cookies()).toEqual([]);
}

async function signIn(page: Page, email: string) {
  await sign(page, 'Sign in', email, 'a wrong password');
  await page.getByRole('alert').getByText('Email or password is wrong.').waitFor();
  await sign(page, 'Sign in', email);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await heading(page, 'Sign in');
  await page.reload();
  await heading(page, 'Sign in');
}

const list = (page: Page, name: string) => page.getByRole('list', { name, exact: true });
const tasks = (page: Page) => list(page, 'Tasks');
const titlesIn = (page: Page) => tasks(page).locator('label').allTextContents();

/** The name of the input to which the keyboard was led, and what describes it. */
async function faultAtFocus(page: Page) {
  const input = page.locator('[aria-invalid]:focus');
  const id = (await input.getAttribute('aria-describedby')) ?? '';
  return [await input.getAttribute('name'), await page.locator(`[id="${id}"]`).textContent()];
}

const soon = (holds: () => Promise<void>) => vi.waitFor(holds, { timeout: 15_000 });
