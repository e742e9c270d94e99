import { expect, test } from 'vitest';
import { startApp } from '../../kit/app.ts';
import { locked } from '../../kit/locked.ts';
import { serverUrl } from '../../kit/postgres.ts';
import { openStream } from '../../kit/stream.ts';

if (!serverUrl) console.warn('SKIPPED: an event that takes too long needs a PostgreSQL server: TEST_SERVER.');

const WATCH = 'subscription { taskChanged { task { title } } }';
const CREATE = 'mutation { createTask(input: { title: "A" }) { id } }';
const CREATED = { data: { taskChanged: { task: { title: 'A' } } } };

test.skipIf(!serverUrl)(
  'the time of an operation ends no stream, but refuses an event that takes too long',
  async () => {
    const app = await startApp({ preferServer: true });
    const hasty = await startApp({ besides: app, env: { OPERATION_TIMEOUT: '1s' } });
    const ann = await app.as('ann');
    const stream = await openStream(hasty.url, WATCH, ann.accessToken);
    const { data } = await ann.ask(CREATE);
    expect(await stream.next()).toEqual(CREATED);

    const change = JSON.stringify({ table: 'Task', kind: 'UPDATED', id: data.createTask.id, ownerId: ann.id });
    const release = await locked(app, 'Task');
    await app.db.$executeRaw`SELECT pg_notify('changes', ${change})`;
    const refused = { extensions: { code: 'SERVICE_UNAVAILABLE', retryAfter: 1 } };
    expect(await stream.next()).toMatchObject({ errors: [refused] });
    await release();
    await ann.ask(CREATE);
    expect(await stream.next()).toEqual(CREATED);
    stream.close();
  },
);
