import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

const CHROMIUM = process.env['TEST_CHROMIUM'] || '/usr/bin/chromium';

/** Whether there is a Chromium to try something with; says so where there is none, and what nobody has done therefore. */
export function hasChromium(undone: string): boolean {
  const isThere = Boolean(process.env['TEST_CHROMIUM']) || existsSync(CHROMIUM);
  if (!isThere) console.warn(`SKIPPED: there is no Chromium at ${CHROMIUM} (TEST_CHROMIUM), so ${undone}.`);
  return isThere;
}

/** A Chromium that reaches this machine only, while the tests run beside which this is called. */
export function launchChromium(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    const withoutNetwork = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost';
    const args = ['--no-sandbox', '--disable-dev-shm-usage', withoutNetwork];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  });
  afterAll(() => browser.close());
  return () => browser;
}
