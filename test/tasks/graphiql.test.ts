import type { Request } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { openGraphiQL } from '../graphiql/opened.ts';
import { startApp, type TestApp } from '../kit/app.ts';
import { hasChromium, launchChromium } from '../kit/browser.ts';
import { seedTasks } from './kit.ts';

describe.runIf(hasChromium('nobody has watched tasks in GraphiQL'))('tasks in GraphiQL', () => {
  const chromium = launchChromium();

  test('each tab works when it is first opened, and whoever runs the first is signed in', async () => {
    const { url, db } = await startApp();
    const { page, runTab, response, failures } = await openGraphiQL(chromium(), url);
    await runTab('SignUp');
    await page.getByText('you@example.com', { exact: true }).waitFor();
    await runTab('CreateTask');
    await response.getByText('"Buy milk"').waitFor();
    await runTab('MyTasks');
    await response.getByText('"Buy milk"').waitFor();

    await runTab('LiveChanges');
    const { id } = await db.user.findFirstOrThrow();
    await seedTasks(db, id, [{ title: 'Water the plants' }]);
    await response.getByText('"Water the plants"').waitFor();
    expect(failures).toEqual([]);
  }, 60_000);

  test('live changes go on after the token with which they began, and end with the session', async () => {
    const app = await startApp();
    const { page, sign, runTab, response, failures } = await openGraphiQL(chromium(), app.url, {
      prepare: (page) => page.clock.install(),
    });
    await sign('Sign up');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await runTab('LiveChanges');
    const create = async (title: string, timeout = 30_000) => {
      const { id } = await app.db.user.findFirstOrThrow();
      await seedTasks(app.db, id, [{ title }]);
      await response.getByText(`"${title}"`).waitFor({ timeout });
    };
    await create('Before');

    const left = page.waitForEvent('requestfailed', isOfStream);
    await pass(app, ALMOST);
    await page.clock.fastForward(ALMOST);
    // A second after the next is open.
    await left;
    // Only the token with which it began has expired now.
    await pass(app, TTL - ALMOST);
    await create('After');

    expect(failures).toEqual([]);

    // As while a computer sleeps: both have, and nobody has refreshed in time. What happens until the next is open nobody is told.
    await app.advance(TTL);
    await vi.waitFor(() => create('Long after', 2000), { timeout: 20_000 });

    await page.getByRole('button', { name: 'Sign out' }).click();
    await response.getByText(/SESSION_ENDED|UNAUTHENTICATED/).waitFor();
    await page.getByRole('button', { name: 'Execute query' }).waitFor();
    // The browser's own word for a stream that the server has cut.
    for (const failure of failures) expect(failure).toContain('ERR_INCOMPLETE_CHUNKED_ENCODING');
  }, 60_000);
});

/** In steps: a server that has not read of revocations for ten seconds cuts its streams, and reads just after each step. */
async function pass(app: TestApp, milliseconds: number) {
  for (let left = milliseconds; left > 0; left -= STEP) await app.advance(Math.min(left, STEP));
}

const isOfStream = (request: Request) => request.postData()?.includes('subscription') === true;

/** Milliseconds. */
const STEP = 9000;
const TTL = 15 * 60_000;
/** After which the door refreshes. */
const ALMOST = TTL - 20_000;
