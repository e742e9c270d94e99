import { linkSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { lockDirectory } from '../../src/db/lock.ts';
import { built } from '../kit/built.ts';
import { emptyDirectory } from '../kit/directory.ts';
import { startProcess, startScript } from '../kit/process.ts';

let directory: string;
beforeEach(() => {
  directory = emptyDirectory();
});

test('a second process on the same directory is refused and told who holds it', async () => {
  const holder = await holding(directory);
  await expect(lockDirectory(directory)).rejects.toThrow(
    new RegExp(`in use by process ${holder.child.pid} on ${hostname()} since 20.*Stop it, or set another DATA_DIR`),
  );
  expect(readdirSync(directory)).toEqual(['lock']);
});

test('the lock of a process that was killed is taken over at once, as often as that happens', async () => {
  for (let round = 0; round < 3; round++) {
    const holder = await holding(directory);
    await holder.stop('SIGKILL');
  }
  const lock = await lockDirectory(directory);
  await expect(lockDirectory(directory)).rejects.toThrow(`process ${process.pid}`);
  lock.release();
  expect(readdirSync(directory)).toEqual([]);
});

test('a zombie holds nothing', async () => {
  // What starts it becomes a process that never asks how it ended.
  const parent = startProcess('sh', [
    '-c',
    '"$0" --input-type=module --eval "$1" & echo $!; exec sleep 60',
    process.execPath,
    holder(directory),
  ]);
  const pid = Number(await parent.says(/^(\d+)$/));
  await parent.says(/held/);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/^\d+ \(.*\) Z/);
  (await lockDirectory(directory)).release();
  await parent.stop();
});

test('a process that is stopped still holds its directory', async () => {
  const holder = await holding(directory);
  holder.child.kill('SIGSTOP');
  await expect(lockDirectory(directory)).rejects.toThrow('in use by a process that does not answer');
  await holder.stop('SIGKILL');
  (await lockDirectory(directory)).release();
});

test('the same process cannot hold a directory twice', async () => {
  const lock = await lockDirectory(directory);
  await expect(lockDirectory(directory)).rejects.toThrow(`process ${process.pid}`);
  lock.release();
  (await lockDirectory(directory)).release();
});

test('a directory whose name is too long for a socket is held and found held all the same', async () => {
  const [long, neighbour] = ['a', 'b'].map((last) => join(directory, 'x'.repeat(100), 'y'.repeat(100) + last)) as [
    string,
    string,
  ];
  const holder = await holding(long);
  await expect(lockDirectory(long)).rejects.toThrow(`in use by process ${holder.child.pid} `);
  (await lockDirectory(neighbour)).release();
  await holder.stop('SIGKILL');
  (await lockDirectory(long)).release();
  expect(readdirSync(long)).toEqual([]);
});

test.each(['', '{"pid":1}'])('a file named lock that holds %j is left alone and named', async (content) => {
  writeFileSync(join(directory, 'lock'), content);
  await expect(lockDirectory(directory)).rejects.toThrow(/lock is not a lock of ours.*delete that file/);
  expect(readdirSync(directory)).toEqual(['lock']);
  expect(readFileSync(join(directory, 'lock'), 'utf8')).toBe(content);
});

test('where no socket can be, the refusal says so', async () => {
  await expect(lockDirectory('/proc/self')).rejects.toThrow(/takes no Unix socket: .*Set a DATA_DIR on a disk/);
});

test('release leaves a lock alone that is not ours, and does nothing the second time', async () => {
  const lock = await lockDirectory(directory);
  rmSync(join(directory, 'lock'));
  const holder = await holding(directory);
  lock.release();
  lock.release();
  await expect(lockDirectory(directory)).rejects.toThrow(`in use by process ${holder.child.pid} `);
});

test('a takeover that a crash cut short is taken over itself', async () => {
  const path = join(directory, 'lock');
  await leaveDead(path);
  const { ino, mtimeNs } = lstatSync(path, { bigint: true });
  await leaveDead(`${path}.${ino.toString(36)}-${mtimeNs.toString(36)}`);
  (await lockDirectory(directory)).release();
  expect(readdirSync(directory)).toEqual([]);
});

test('of several processes that find a dead one’s lock at the same moment, exactly one wins', async () => {
  const rounds = 150;
  const racers = [1, 2, 3, 4].map(() => racing());
  for (let round = 0; round < rounds; round++) {
    const place = mkdtempSync(join(directory, 'round-'));
    await leaveDead(join(place, 'lock'));
    const start = Date.now() + 8;
    for (const { child } of racers) child.stdin.write(`${JSON.stringify([place, start])}\n`);
    const outcomes = await Promise.all(racers.map((racer) => racer.says(/.+/)));
    expect(
      outcomes.filter((outcome) => outcome === 'won'),
      outcomes.join('\n'),
    ).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.includes('in use by process'))).toHaveLength(3);
    expect(readdirSync(place)).toEqual(['lock']);
  }
}, 60_000);

/** A socket that nobody listens on, as a process leaves it that is killed. */
async function leaveDead(path: string) {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(`${path}.bound`, listening));
  linkSync(`${path}.bound`, path);
  await new Promise((closed) => server.close(closed));
}

const holder = (place: string) => `import { lockDirectory } from ${JSON.stringify(built('db/lock.js'))};
  await lockDirectory(${JSON.stringify(place)});
  console.log('held');
  setInterval(() => {}, 1000);`;

async function holding(place: string) {
  const process = startScript(holder(place));
  await process.says(/held/);
  return process;
}

const racing = () =>
  startScript(`import { lockDirectory } from ${JSON.stringify(built('db/lock.js'))};
    import { createInterface } from 'node:readline';
    for await (const line of createInterface({ input: process.stdin })) {
      const [place, start] = JSON.parse(line);
      while (Date.now() < start);
      try { await lockDirectory(place); console.log('won'); } catch (error) { console.log(error.message); }
    }`);
