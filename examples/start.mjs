// `npm run example:urql`, `npm run example:apollo`: the server as `npm start` has it, and a page, until Ctrl-C. To the browser both are
// of one origin, by Vite's proxy; with `-- --cors` the page asks the server itself, from an origin of its own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as elapsed } from 'node:timers/promises';

const [name, mode] = process.argv.slice(2);
const children = [];
let isEnding = false;

if (!existsSync('examples/node_modules/vite')) {
  console.error('Its packages are missing: npm install --prefix examples --ignore-scripts');
  process.exit(1);
}
if (existsSync('.env')) process.loadEnvFile();
const { PORT = '4000', PAGE_PORT = '5173' } = process.env;
const api = `http://localhost:${PORT}`;
const page = `http://localhost:${PAGE_PORT}`;
const byCors = { CORS_ORIGINS: page, VITE_API_URL: `${api}/graphql` };
const env = { ...process.env, API_URL: api, PAGE_PORT, ...(mode === '--cors' && byCors) };

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));
const made = spawnSync('npm run --silent compile && npm run --silent codegen', { shell: true, stdio: 'inherit' });
if (made.status !== 0) process.exit(made.status ?? 1);
start('dist/main.js');
while (!(await answers(`${api}/ready`))) await elapsed(100);
start('examples/node_modules/vite/bin/vite.js', `examples/${name}`, '--config', 'examples/vite.config.ts');

/** Where one of the two ends, so does the other. */
function start(...args) {
  const child = spawn(process.execPath, args, { stdio: 'inherit', env });
  children.push(child);
  child.on('exit', (code) => end(code ?? 1));
}

async function end(code) {
  if (isEnding) return;
  isEnding = true;
  const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
  const ended = running.map((child) => once(child, 'exit'));
  for (const child of running) child.kill();
  await Promise.all(ended);
  process.exit(code);
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
