import { source as axe } from 'axe-core';
import type { BrowserContext, Page, Request } from 'playwright-core';
import { expect } from 'vitest';
import { createSession } from '../../../examples/client/session.ts';
import { PASSWORD } from '../../kit/app.ts';
import { dataDirectory, emptyDirectory } from '../../kit/directory.ts';
import { freePort } from '../../kit/own-postgres.ts';
import { startProcess } from '../../kit/process.ts';

export const KINDS = ['urql', 'apollo'] as const;
export type Kind = (typeof KINDS)[number];

/** Each front end as Vite builds and serves it, for a server that may be started with `env`; its access tokens last five seconds. */
export async function startFrontEnds(): Promise<FrontEnds> {
  const port = String(await freePort());
  const api = `http://localhost:${port}`;
  await succeeded('node_modules/.bin/graphql-codegen', ['--silent', '--config', 'codegen.ts']);
  const [urql, apollo, alone] = await Promise.all([
    served('urql', { API_URL: api }),
    served('apollo', { API_URL: api }),
    served('apollo', { VITE_API_URL: `${api}/graphql` }),
  ]);
  const env = { DATA_DIR: dataDirectory(), PORT: port, ACCESS_TOKEN_TTL: '5s', CORS_ORIGINS: alone };
  return { env, api, urls: { urql, apollo }, alone };
}

async function served(kind: Kind, env: Record<string, string>): Promise<string> {
  const options = [`examples/${kind}`, '--config', 'examples/vite.config.ts', '--outDir', emptyDirectory()];
  await succeeded(VITE, ['build', ...options, '--emptyOutDir'], env);
  return startProcess(VITE, ['preview', ...options, '--port', '0'], { env }).says(/(http:\/\/localhost:\d+)/);
}

async function succeeded(command: string, args: string[], env: Record<string, string> = {}) {
  const { code, output } = await startProcess(command, args, { env }).ended;
  expect(code, output).toBe(0);
}

/** The page in a tab, and what happens in it that should not. */
export async function openTab(context: BrowserContext, url: string): Promise<Tab> {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const failures: string[] = [];
  const asked = new Set<string>();
  page.on('request', (request) => asked.add(new URL(request.url()).origin));
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('console', (message) => {
    // What the browser says of an answer that is no success is not the page's word.
    const isComplaint = ['error', 'warning'].includes(message.type());
    if (isComplaint && !message.text().startsWith('Failed to load resource')) failures.push(message.text());
  });
  await page.addInitScript(KEEP_SAID);
  await page.goto(url);
  return { page, failures, asked, said: () => page.evaluate('said') };
}

/** What the page has told of, in turn. */
const KEEP_SAID = `globalThis.said = [];
new MutationObserver(() => {
  const text = document.querySelector('[role=status]')?.textContent;
  if (text && text !== said.at(-1)) said.push(text);
}).observe(document, { subtree: true, childList: true, characterData: true });`;

/** Fills in the form that is there, and sends it. */
export async function sign(page: Page, how: 'Sign in' | 'Sign up', email: string, password = PASSWORD) {
  await page.getByRole('heading', { name: /^Sign/ }).waitFor();
  if ((await page.getByRole('heading').textContent()) !== how) await page.getByRole('button', { name: how }).click();
  await page.getByRole('heading', { name: how }).waitFor();
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: how }).click();
}

export const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor();

/** Somebody signed in without a page, who does what another device of theirs would. */
export async function elsewhere(api: string, email: string): Promise<Elsewhere> {
  const session = createSession({ url: `${api}/graphql`, delivery: 'BODY' });
  await session.signIn({ email, password: PASSWORD });
  async function ask(query: string, variables = {}) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query, variables });
    const response = await session.fetch(session.url, { method: 'POST', headers, body });
    return response.json();
  }
  return {
    ask,
    async create(title) {
      const CREATE = 'mutation ($title: String!) { createTask(input: { title: $title }) { id } }';
      return (await ask(CREATE, { title })).data.createTask.id;
    },
  };
}

/** What axe would mend, light and dark, on a desk and on a phone; and whether it is too wide for that. */
export async function findingsOf(page: Page): Promise<unknown[]> {
  const findings: unknown[] = [];
  await page.evaluate(axe);
  for (const width of [1100, 390]) {
    await page.setViewportSize({ width, height: 800 });
    if (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
      findings.push(`too wide for ${width}`);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const found = await page.evaluate(`axe.run()
        .then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))`);
      findings.push(...(found as unknown[]));
    }
  }
  return findings;
}

export const isRefresh = (request: Request) => Boolean(request.postData()?.includes('refresh(input'));

const VITE = 'examples/node_modules/.bin/vite';

interface FrontEnds {
  env: Record<string, string>;
  api: string;
  /** By Vite's proxy. */
  urls: Record<Kind, string>;
  /** That of a page that asks the API from another origin. */
  alone: string;
}

export interface Tab {
  page: Page;
  failures: string[];
  /** The origins of which anything was asked. */
  asked: Set<string>;
  said(): Promise<string[]>;
}

export interface Elsewhere {
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they know to be there.
  ask(query: string, variables?: object): Promise<any>;
  /** Resolves to the id of the task. */
  create(title: string): Promise<string>;
}
