import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openGraphiQL } from '../graphiql/opened.ts';
import { SIGNUP } from '../kit/app.ts';
import { hasChromium, launchChromium } from '../kit/browser.ts';
import { emptyDirectory } from '../kit/directory.ts';
import { startProcess } from '../kit/process.ts';
import { listening } from '../kit/server-process.ts';
import { runsThorough } from '../kit/thorough.ts';

const chromium = hasChromium('nobody has used the door of the bundle') ? launchChromium() : null;
const input = { email: 'ann@example.com', password: 'correct horse battery staple' };

test.runIf(runsThorough('the bundle'))(
  'what npm run build makes for production creates a database, serves, and stops',
  async () => {
    const built = await startProcess('npm', ['run', '--silent', 'build'], { env: process.env }).ended;
    expect(built.code, built.output).toBe(0);
    const main = resolve('dist/bundle/server/main.js');
    const cwd = emptyDirectory();
    const env = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: join(cwd, 'data') };
    const server = await listening(startProcess(process.execPath, [main], { cwd, env }));
    expect((await server.ask(SIGNUP, { input })).data.signup.user.email).toBe(input.email);
    const response = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(await response.text()).toContain('Latchkey');
    if (chromium) {
      const { page, sign, failures } = await openGraphiQL(chromium(), server.url);
      await sign('Sign up');
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      expect(failures).toEqual([]);
      await page.close();
    }
    expect((await server.stop()).code).toBe(0);
    expect(existsSync(join(cwd, 'data/lock'))).toBe(false);
  },
  240_000,
);
