import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { startApp } from '../../kit/app.ts';
import { openRaw } from '../../kit/raw-stream.ts';
import { openStream } from '../../kit/stream.ts';
import { seedTasks } from '../kit.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const app = await startApp();
const CHANGES = 2500;
const MB = 2 ** 20;
const LONG = 'x'.repeat(10_000);

test('who does not read is cut off, with bounded memory, while others go on', { timeout: 60_000 }, async () => {
  const [ann, bob] = [await app.as('ann'), await app.as('bob')];
  const fast = await openStream(app.url, 'subscription { taskChanged { kind taskId } }', ann.accessToken);
  const tasks = await seedTasks(
    app.db,
    ann.id,
    Array.from({ length: 100 }, () => ({ description: LONG })),
  );
  // A server tells of them a little later.
  for (const _ of tasks) expect(await fast.next()).toMatchObject({ data: { taskChanged: { kind: 'CREATED' } } });
  const slow = await openRaw(app.url, 'subscription { taskChanged { task { description } } }', ann.accessToken);
  const other = await openStream(app.url, 'subscription { taskChanged { kind } }', bob.accessToken);
  let before = 0;
  for (let done = 0; done < CHANGES; done += tasks.length) {
    if (done === 1000) before = usedMemory();
    // Told without being made: an embedded database in memory would grow by what is written.
    await app.db.$executeRaw`
      SELECT pg_notify('changes', json_build_object('table', 'Task', 'kind', 'UPDATED', 'id', id, 'ownerId', "ownerId")::text)
      FROM "Task"`;
    for (const _ of tasks) expect(await fast.next()).toMatchObject({ data: { taskChanged: { kind: 'UPDATED' } } });
  }
  expect(usedMemory() - before).toBeLessThan(20 * MB);

  await seedTasks(app.db, bob.id, [{}]);
  expect(await other.next()).toEqual({ data: { taskChanged: { kind: 'CREATED' } } });
  fast.close();
  other.close();

  const sent = (await slow.readAll()).split('\n\n');
  const events = sent.filter((event) => event.includes('event: next'));
  expect(events.length).toBeLessThan(CHANGES / 2);
  expect(events.at(-1)).toContain('"code":"SERVICE_UNAVAILABLE"');
  expect(sent.join()).not.toContain('event: complete');
});

function usedMemory() {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
