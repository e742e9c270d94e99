// `npm run docs:screenshots`: the pictures of docs/, from a server with example data, in light and dark.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const SIZE = { width: 1000, height: 560 };

const data = mkdtempSync(join(tmpdir(), 'latchkey-'));
const env = { ...process.env, NODE_ENV: 'development', DATA_DIR: data, HOST: '127.0.0.1', PORT: '0', NO_COLOR: '1' };
const seeded = execFileSync(process.execPath, [MAIN, 'seed'], { env, encoding: 'utf8' });
const [, password] = /^ann@example\.com +(\S+)/m.exec(seeded);
const server = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
const browser = await chromium.launch({
  executablePath: process.env.TEST_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const url = await listening();
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: SIZE, deviceScaleFactor: 2, colorScheme });
    await page.goto(url);
    await page.locator('.graphiql-query-editor .view-lines').waitFor();
    await signIn(page);
    await showTasks(page);
    await keep(page, `tasks-${colorScheme}`);
    await beRefused(page);
    await keep(page, `refusal-${colorScheme}`);
    await showDocs(page);
    await keep(page, `docs-${colorScheme}`);
    await page.close();
  }
} finally {
  await browser.close();
  server.kill();
  await once(server, 'exit');
  rmSync(data, { recursive: true });
}

async function listening() {
  for await (const text of server.stdout.setEncoding('utf8')) {
    const [url] = /http:\/\/[\w.]+:\d+(?=\/graphql)/.exec(text) ?? [];
    if (url) return url;
  }
  throw new Error('The server ended before it listened.');
}

async function signIn(page) {
  await page.getByLabel('Email').fill('ann@example.com');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

async function showTasks(page) {
  await page.getByRole('tab').getByText('MyTasks').click();
  await run(page, '"nodes"');
}

async function beRefused(page) {
  await page.locator('.graphiql-query-editor .view-lines').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  // The editor indents lines by itself.
  await page.keyboard.insertText('query Users { users(first: 10) { nodes { email role } } }');
  await page.locator('.graphiql-tab-active').getByText('Users').waitFor();
  await page.getByRole('button', { name: 'Prettify query' }).click();
  await run(page, '"FORBIDDEN"');
}

async function showDocs(page) {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const docs = page.locator('.graphiql-plugin');
  await docs.getByText('Session', { exact: true }).first().click();
  await docs.getByText('Requires: owner or admin.').scrollIntoViewIfNeeded();
  await docs.evaluate((panel) => panel.scrollTo(0, 0));
  await page.locator('.graphiql-query-editor .view-lines').click();
  await page.keyboard.press('ControlOrMeta+Home');
}

/** For half a second a tab is run by the name of the one before, so until it has answered. */
async function run(page, answer) {
  const answered = page.locator('.graphiql-response').getByText(answer).first();
  for (let tries = 0; tries < 10; tries++) {
    await page.getByRole('button', { name: 'Execute query' }).click();
    if (
      await answered.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      )
    )
      return;
  }
  throw new Error(`Nothing has answered with ${answer}.`);
}

/** Chromium takes PNG and JPEG only, but a page of it writes WebP, which is a third as large. */
async function keep(page, name) {
  await page.mouse.move(0, 0);
  const png = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  const blank = await browser.newPage();
  const webp = await blank.evaluate(
    async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas.toDataURL('image/webp', 0.8).split(',')[1];
    },
    `data:image/png;base64,${png.toString('base64')}`,
  );
  await blank.close();
  writeFileSync(new URL(`screenshots/${name}.webp`, import.meta.url), webp, 'base64');
}
