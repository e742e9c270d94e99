// `npm run dev`: compiles, serves, and does both again at every save. The next server builds its schema beside the one that runs,
// which goes on if that fails; then they change places one after the other, for the embedded database lets in only one.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds without another save after which a burst (a save of all files, a git checkout) is over. */
const BURST = 50;
const GENERATED = join('src', 'db', 'generated');
const MODEL = join('prisma', 'schema.prisma');
const MIGRATE = `${MODEL} changed: npm run migration NAME writes the migration, the restart after that applies it`;
const say = (text) => console.log(`dev: ${text}`);
/** Resolves to the exit code. npm has put the commands of packages on the PATH. */
const run = (command) => answerOf(started(spawn(command, { shell: true, stdio: ['ignore', 'inherit', 'inherit'] })));
const children = new Set();
let server = null;
let watchers = [];
let timer;
let seen = null;
let busy = false;
let ending = false;
let checks = Promise.resolve();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
// The shell that npm puts between may die of a signal without handing it on.
const { ppid } = process;
setInterval(() => process.ppid === ppid || ending || end(), 100);
await catchUp();

/** One round at a time: what is saved during a round makes one more, however much it is. */
async function catchUp() {
  if (busy) return;
  busy = true;
  for (;;) {
    watchAnew();
    const model = stateOf([MODEL]);
    const found = { model, files: model + stateOf(['.env', ...inSource((entry) => entry.name.endsWith('.ts'))]) };
    if (found.files === seen?.files) break;
    if (seen && seen.model !== found.model) say(MIGRATE);
    seen = found;
    const began = performance.now() - BURST;
    const compiled = (await run('node prisma/generate.mjs')) === 0 && (await run('tsc -b --noCheck')) === 0;
    if (!compiled || !(await restart(began))) say(server ? 'not restarted: the last server goes on' : 'no server runs');
    if (compiled) checks = checks.then(() => seen === found && check());
  }
  busy = false;
}

/** Resolves to false if the next server does not come up. */
async function restart(began) {
  const next = started(fork('src/dev/server.mjs'));
  if ((await answerOf(next)) !== 'built') return false;
  const ready = answerOf(next);
  const verb = server ? 'restarted' : 'started';
  if (server) await stop(server);
  server = next;
  if (next.connected) next.send('serve');
  const isReady = (await ready) === 'ready';
  if (isReady) say(`${verb} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return isReady;
}

/** After a restart, which should not wait for it. */
async function check() {
  await run('node prisma/prepare.mjs');
  if ((await run('tsc --noEmit --tsBuildInfoFile dist/.checked')) === 0) say('no type errors');
}

function started(child) {
  children.add(child);
  return child.once('exit', () => {
    children.delete(child);
    if (child === server && !busy && !ending) say('the server ended; the next save starts it again');
    if (child === server) server = null;
  });
}

/** Its next message, or its exit code. Does not resolve once this script is to end, so that nothing more is started. */
function answerOf(child) {
  return new Promise((resolve) => {
    for (const event of ['message', 'exit']) child.once(event, (answer) => ending || resolve(answer));
  });
}

async function stop(child) {
  if (child === server) server = null;
  if (child.connected) child.disconnect();
  if (children.has(child)) await once(child, 'exit');
}

async function end() {
  ending = true;
  await Promise.all([...children].map(stop));
  process.exit();
}

/** Each folder by itself, and anew each time: on Linux a recursive watcher loses a file that an editor replaces. */
function watchAnew() {
  for (const watcher of watchers) watcher.close();
  const folders = ['.', 'prisma', 'src', ...inSource((entry) => entry.isDirectory())];
  watchers = folders.map((folder) => watch(folder, wake).on('error', wake));
}

function wake() {
  clearTimeout(timer);
  timer = setTimeout(catchUp, BURST);
}

function inSource(wanted) {
  const entries = readdirSync('src', { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => wanted(entry) && !entry.parentPath.startsWith(GENERATED));
  return found.map(({ parentPath, name }) => join(parentPath, name));
}

/** What was saved shows here; an event may also be a file that was read, or an editor's own. */
function stateOf(paths) {
  return paths.map((path) => `${path} ${statSync(path, { throwIfNoEntry: false })?.mtimeMs}`).join();
}
