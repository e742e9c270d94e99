import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { kill } from 'node:process';
import { expect, test } from 'vitest';
import { SIGNUP } from '../kit/app.ts';
import { afterFile } from '../kit/cleanup.ts';
import { createClient } from '../kit/client.ts';
import { dataDirectory, emptyDirectory } from '../kit/directory.ts';
import { type Run, startProcess } from '../kit/process.ts';
import { runsThorough } from '../kit/thorough.ts';

const isRun = runsThorough('npm run dev');
const isSeen = existsSync('/proc/self/cwd');
if (isRun && !isSeen) console.warn('SKIPPED: npm run dev, for only Linux tells which processes are left.');

const input = { email: 'ann@example.com', password: 'correct horse battery staple' };
const FIELD = "builder.queryField('greeting', (t) => t.string({ auth: ['PUBLIC'], resolve: () => 'Hello' }));\n";
const UNRULED = FIELD.replace("auth: ['PUBLIC'], ", '');

test.runIf(isRun && isSeen)(
  'npm run dev serves what was saved last, keeps the data, says what is wrong, and leaves nothing behind',
  async () => {
    const { project, dataDir, dev, next } = develop((env, cwd) => startProcess('npm', ['run', 'dev'], { env, cwd }));
    const file = join(project, 'src/users/schema.ts');
    const source = readFileSync(file, 'utf8');
    // As many editors do: a new file takes the place of the old one.
    const save = (text: string) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };

    const first = await next(READY);
    await next(/started in \d+\.\d s/);
    const { accessToken } = (await createClient(first, {}).ask(SIGNUP, { input })).data.signup;
    await next(/no type errors/);
    expect(existsSync(join(project, 'test/client/generated/types.ts'))).toBe(true);

    save(source + FIELD);
    const ann = createClient(await next(READY), { authorization: `Bearer ${accessToken}` });
    await next(/restarted in \d+\.\d s/);
    expect((await ann.ask('{ greeting me { email } }')).data).toEqual({
      greeting: 'Hello',
      me: { email: input.email },
    });
    expect(readFileSync(join(project, 'schema.graphql'), 'utf8')).toMatch(
      /greeting: String!? @auth\(anyOf: \[PUBLIC\]\)/,
    );
    await next(/no type errors/);
    expect(readFileSync(join(project, 'test/client/generated/types.ts'), 'utf8')).toMatch(/greeting\??: /);

    save(`${source}const = 1;\n`);
    await next(/src\/users\/schema\.ts.+error TS/);
    await next(/not restarted: the last server goes on/);
    save(source + UNRULED);
    await next(/Query\.greeting has no access rule/);
    await next(/not restarted: the last server goes on/);
    expect((await ann.ask('{ greeting }')).data).toEqual({ greeting: 'Hello' });
    await next(/error TS2741: Property 'auth' is missing/);

    save(`${source}const wrong: number = 'text';\n`);
    const later = createClient(await next(READY), {});
    await next(/error TS2322/);
    expect(await later.codeOf('{ greeting }')).toBe('BAD_USER_INPUT');

    save(source);
    const last = createClient(await next(READY), { authorization: `Bearer ${accessToken}` });
    expect((await last.ask('{ me { email } }')).data).toEqual({ me: { email: input.email } });

    await dev.stop();
    await allGone(project);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  },
  180_000,
);

test.runIf(isRun && isSeen)(
  'npm run dev asks for a migration when prisma/schema.prisma changes, and its server ends with it even after kill -9',
  async () => {
    const { project, dev, next } = develop((env, cwd) => {
      const PATH = `${resolve('node_modules/.bin')}${delimiter}${env['PATH']}`;
      return startProcess(process.execPath, ['src/dev/dev.mjs'], { env: { ...env, PATH }, cwd });
    });
    await next(/started in/);
    appendFileSync(join(project, 'prisma/schema.prisma'), 'enum Colour {\n  RED\n}\n');
    await next(/npm run migration NAME/);
    await next(/restarted in/);
    expect(readFileSync(join(project, 'src/db/generated/enums.ts'), 'utf8')).toContain('RED');
    await dev.stop('SIGKILL');
    await allGone(project);
  },
  120_000,
);

const READY = /(http:\/\/localhost:\d+)\/graphql/;

/** `npm run dev` in a copy of the project, which it may change. */
function develop(start: (env: Record<string, string>, cwd: string) => Run) {
  const project = emptyDirectory();
  const dataDir = dataDirectory();
  const names = ['src', 'test', 'prisma', 'package.json', 'tsconfig.json', 'codegen.ts', 'schema.graphql'];
  for (const name of names) {
    cpSync(name, join(project, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(project, 'node_modules'));
  const env = { ...(process.env as Record<string, string>), NODE_ENV: '', PORT: '0', DATA_DIR: dataDir };
  const dev = start(env, project);
  afterFile(() => allGone(project, 'SIGKILL'));
  let heard = '';
  let position = 0;
  let wake = () => {};
  for (const stream of [dev.child.stdout, dev.child.stderr]) {
    stream.on('data', (text) => {
      heard += text;
      wake();
    });
  }
  /** Waits for the pattern in what is printed after the one that was waited for before. */
  const next = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(heard.slice(position));
      if (found) {
        position += found.index + found[0].length;
        return found[1] ?? found[0];
      }
      if (dev.child.exitCode !== null) throw new Error(`It ended without saying ${pattern}. It said: ${heard}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        void dev.ended.then(() => resolve());
      });
    }
  };
  return { project, dataDir, dev, next };
}

/** Waits until no process is left that runs in the directory; with a signal, makes it so. */
async function allGone(directory: string, signal: 'SIGKILL' | 0 = 0) {
  for (let found = processesIn(directory); found.length > 0; found = processesIn(directory)) {
    for (const pid of found) attempt(() => kill(pid, signal));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function processesIn(directory: string) {
  const pids = readdirSync('/proc').map(Number).filter(Boolean);
  return pids.filter((pid) => attempt(() => readlinkSync(`/proc/${pid}/cwd`)) === directory);
}

/** A process may end while it is looked at. */
function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
