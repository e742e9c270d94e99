import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, lstatSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { pid, platform } from 'node:process';

/**
 * Keeps every other process out of the directory until `release`; throws an Error that names the holder if there is one. The lock
 * is a Unix socket: whoever can connect knows that the holder lives, whatever its number, container, host name or clock.
 */
export async function lockDirectory(directory: string): Promise<Lock> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return acquire(resolve(directory, 'lock'), directory);
}

// A dead holder's socket is replaced only by who holds the lock on that takeover, so two finders cannot both win; and that lock
// may itself have been left behind by a crash, which is why this calls itself.
async function acquire(path: string, directory: string): Promise<Lock> {
  // It gets its name once it listens: a socket that does not yet is as one that does no more.
  const draft = `${path}.${randomUUID().slice(0, 8)}`;
  const server = await listen(draft, directory);
  try {
    for (;;) {
      if (claim(draft, path)) return holding(path, server);
      const found = identityOf(path);
      if (found === null) continue;
      const holder = await ask(path);
      if (holder !== null) throw new Error(`${directory} is in use by ${holder}. Stop it, or set another DATA_DIR.`);
      const takeover = await acquire(`${path}.${found}`, directory);
      const isStill = identityOf(path) === found;
      if (isStill) renameSync(draft, path);
      takeover.release();
      if (isStill) return holding(path, server);
    }
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function holding(path: string, server: Server): Lock {
  const own = identityOf(path);
  const release = () => {
    // While we still listen: one that is gone may be anybody's.
    if (server.listening && identityOf(path) === own) rmSync(path);
    server.close();
  };
  return { release };
}

/** Gives the draft its name, unless that is taken: link(2) is the one step that does both. */
function claim(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Which socket it is, whatever its name; null where there is none. */
function identityOf(path: string): string | null {
  const file = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!file) return null;
  if (file.isSocket()) return `${file.ino.toString(36)}-${file.mtimeNs.toString(36)}`;
  throw new Error(`${path} is not a lock of ours. If nothing uses the folder, delete that file and start again.`);
}

/** A socket that tells whoever connects who we are, and that keeps no process alive. */
const listen = (path: string, directory: string) =>
  withAddress(path, (address) => {
    const who = `process ${pid} on ${hostname()} since ${new Date().toISOString()}`;
    return new Promise<Server>((done, fail) => {
      const server = createServer((socket) => socket.on('error', () => {}).end(who))
        .on('listening', () => done(server))
        .on('error', ({ message }) => fail(new Error(`${directory} takes no Unix socket: ${message}. ${ELSEWHERE}`)))
        .listen(address)
        .unref();
    });
  });

/** Who holds the socket; null where nobody does any more. What else goes wrong does not prove that. */
const ask = (path: string): Promise<string | null> =>
  withAddress(path, (address) => {
    let said = '';
    const socket = connect(address);
    return new Promise((done) => {
      socket.on('error', ({ code }: NodeJS.ErrnoException) => {
        if (code === 'ECONNREFUSED' || code === 'ENOENT') done(null);
        // It went away, or died, as we asked.
        else if (code === 'ECONNRESET') done(ask(path));
        else done(`a process that cannot be asked (${code})`);
      });
      socket.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
      // Stopped or busy: that it can be reached says enough.
      socket.setTimeout(PATIENCE, () => socket.destroy());
      socket.on('close', () => done(said || 'a process that does not answer'));
    });
  });

/** A name of the path that is short enough for a socket: a longer one would be cut without a word. */
async function withAddress<T>(path: string, use: (address: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= LONGEST) return use(path);
  if (platform !== 'linux') throw new Error(`${path} is too long for a socket: set a shorter DATA_DIR.`);
  const directory = openSync(dirname(path), 'r');
  try {
    return await use(`/proc/self/fd/${directory}/${basename(path)}`);
  } finally {
    closeSync(directory);
  }
}

const ELSEWHERE = 'Set a DATA_DIR on a disk of this machine.';
/** Bytes that any system takes. */
const LONGEST = 103;
/** Milliseconds. */
const PATIENCE = 2000;

export interface Lock {
  /** Lets others in; does nothing the second time, nor to a lock that is not ours. */
  release(): void;
}
