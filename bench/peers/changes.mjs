// Committed changes of tasks, as the trigger in the database tells them.
import pg from 'pg';

/** Hands every change to `hear`. */
export async function hearChanges(hear) {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  client.on('notification', ({ payload }) => hear(JSON.parse(payload)));
  await client.connect();
  await client.query('LISTEN changes');
}

/** Server-sent events by hand: each change is looked up once with `find` and written to every stream of its owner. */
export function createStreams(find) {
  const streams = new Map();
  let listening;

  async function tell({ kind, id, ownerId }) {
    const answer = { data: { taskChanged: { kind, task: await find(id, ownerId) } } };
    for (const response of streams.get(ownerId) ?? [])
      response.write(`event: next\ndata: ${JSON.stringify(answer)}\n\n`);
  }

  return async function open({ sub }, response) {
    // Not before anybody wants to hear: mutations alone would pay for it.
    listening ??= hearChanges(tell);
    await listening;
    if (!streams.has(sub)) streams.set(sub, new Set());
    streams.get(sub).add(response);
    response.on('close', () => streams.get(sub).delete(response));
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
  };
}
