import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { lockDirectory } from '../../src/db/lock.ts';
import { built } from '../kit/built.ts';
import { emptyDirectory } from '../kit/directory.ts';
import { startScript } from '../kit/process.ts';

let directory: string;
beforeEach(() => {
  directory = emptyDirectory();
});

test('a second process on the same directory is refused and told who holds it', async () => {
  const holder = holding(directory);
  await holder.says(/held/);
  expect(() => lockDirectory(directory)).toThrow(
    new RegExp(
      `in use by process ${holder.child.pid} on ${hostname()} since 20.*Stop that process, or set another DATA_DIR`,
    ),
  );
  await holder.stop('SIGKILL');
});

test('the lock of a process that was killed is taken over', async () => {
  const holder = holding(directory);
  await holder.says(/held/);
  await holder.stop('SIGKILL');
  const lock = lockDirectory(directory);
  expect(JSON.parse(readFileSync(join(directory, 'lock'), 'utf8'))).toMatchObject({
    pid: process.pid,
    host: hostname(),
  });
  lock.release();
  expect(readdirSync(directory)).toEqual([]);
});

test('the lock of a predecessor with our own process number is taken over, as containers need', () => {
  write({ pid: process.pid, host: hostname(), since: new Date().toISOString() });
  lockDirectory(directory).release();
});

test('the same process cannot hold a directory twice', () => {
  const lock = lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(`process ${process.pid}`);
  lock.release();
  lockDirectory(directory).release();
});

test('a lock from before the last boot is taken over, whoever has its process number now', () => {
  write({ pid: process.ppid, host: hostname(), since: '2020-01-01T00:00:00.000Z' });
  lockDirectory(directory).release();
});

test('the lock of another machine is never taken over, and the refusal says what to delete', () => {
  write({ pid: 1, host: 'elsewhere', since: '2020-01-01T00:00:00.000Z' });
  expect(() => lockDirectory(directory)).toThrow(
    /process 1 on elsewhere .* If that machine is gone for good, delete .*lock/,
  );
});

test.each(['', '{"pid":', '{"pid":"../1","host":"x","since":"x"}', 'null'])(
  'a lock that holds %j is left alone and named',
  (content) => {
    writeFileSync(join(directory, 'lock'), content);
    expect(() => lockDirectory(directory)).toThrow(/lock is not a lock that we wrote.*delete that file/);
    expect(readFileSync(join(directory, 'lock'), 'utf8')).toBe(content);
  },
);

test('release leaves a lock alone that is not ours, and does nothing the second time', () => {
  const lock = lockDirectory(directory);
  write({ pid: 1, host: 'elsewhere', since: '2020-01-01T00:00:00.000Z' });
  lock.release();
  lock.release();
  expect(readFileSync(join(directory, 'lock'), 'utf8')).toContain('elsewhere');
});

test('a takeover that a crash cut short is taken over itself', () => {
  const dead = { pid: 2 ** 22 + 1, host: hostname(), since: new Date().toISOString() };
  write(dead);
  write(dead, `lock.${dead.pid}-${Date.parse(dead.since)}`);
  lockDirectory(directory).release();
  expect(readdirSync(directory)).toEqual([]);
});

test('of several processes that find a stale lock at the same moment, exactly one wins', async () => {
  const rounds = 150;
  const racers = [1, 2, 3, 4].map(() => racing());
  for (let round = 0; round < rounds; round++) {
    const place = mkdtempSync(join(directory, 'round-'));
    write(
      { pid: 2 ** 22 + 1, host: hostname(), since: new Date().toISOString() },
      join(place.slice(directory.length + 1), 'lock'),
    );
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
}, 20_000);

const write = (holder: object, file = 'lock') => writeFileSync(join(directory, file), JSON.stringify(holder));

const holding = (place: string) =>
  startScript(`import { lockDirectory } from ${JSON.stringify(built('db/lock.js'))};
    lockDirectory(${JSON.stringify(place)});
    console.log('held');
    setInterval(() => {}, 1000);`);

const racing = () =>
  startScript(`import { lockDirectory } from ${JSON.stringify(built('db/lock.js'))};
    import { createInterface } from 'node:readline';
    createInterface({ input: process.stdin }).on('line', (line) => {
      const [place, start] = JSON.parse(line);
      while (Date.now() < start);
      try { lockDirectory(place); console.log('won'); } catch (error) { console.log(error.message); }
    });`);
