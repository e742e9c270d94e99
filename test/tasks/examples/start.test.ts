import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { areInstalled } from '../../examples/installed.ts';
import { dataDirectory, emptyDirectory } from '../../kit/directory.ts';
import { freePort } from '../../kit/own-postgres.ts';
import { startProcess } from '../../kit/process.ts';

describe.runIf(areInstalled('the commands that start the front ends'))('npm run example:…', { timeout: 60_000 }, () => {
  test('serves a page and, by the same origin, the API, until it is interrupted', async () => {
    const { page, api, stop } = await start('urql');
    expect(await (await fetch(page)).text()).toContain('<title>Latchkey, with urql</title>');
    expect(await ask(page)).toEqual({ data: { viewer: null } });
    const script = await (await fetch(`${page}/@fs${join(process.cwd(), 'examples/app/session.ts')}`)).text();
    expect(script).not.toContain(api);
    expect((await stop()).code).toBe(0);
    for (const url of [page, api]) await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  test('with --cors the page asks the API itself, which lets it, and no other', async () => {
    const { page, api, stop } = await start('apollo', '--cors');
    expect(await (await fetch(page)).text()).toContain('<title>Latchkey, with Apollo</title>');
    const script = await (await fetch(`${page}/@fs${join(process.cwd(), 'examples/app/session.ts')}`)).text();
    expect(script).toContain(`${api}/graphql`);
    expect(await allowed(api, page)).toBe(page);
    expect(await allowed(api, 'http://localhost:1')).toBe(null);
    expect((await stop()).code).toBe(0);
  });

  test('says what to install where that is missing', async () => {
    const cwd = emptyDirectory();
    cpSync('examples/start.mjs', join(cwd, 'examples/start.mjs'));
    const { code, stderr } = await startProcess(process.execPath, ['examples/start.mjs', 'urql'], { cwd }).ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining('npm install --prefix examples --ignore-scripts')]);
  });
});

async function start(...args: string[]) {
  const [port, pagePort] = [await freePort(), await freePort()];
  const env = { DATA_DIR: dataDirectory(), PORT: String(port), PAGE_PORT: String(pagePort) };
  const running = startProcess(process.execPath, ['examples/start.mjs', ...args], { env, leads: true });
  const page = await running.says(/(http:\/\/localhost:\d+)\/$/);
  return { page, api: `http://localhost:${port}`, stop: () => running.stop('SIGINT') };
}

async function ask(origin: string) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${origin}/graphql`, { method: 'POST', headers, body: '{"query":"{ viewer { id } }"}' });
  return response.json();
}

async function allowed(api: string, origin: string) {
  const headers = { origin, 'access-control-request-method': 'POST' };
  const { headers: answer } = await fetch(`${api}/graphql`, { method: 'OPTIONS', headers });
  return answer.get('access-control-allow-origin');
}
