// Many subscribers to the tasks of one user, in a process of their own: how long a change takes until the last of them has heard of it.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAsker } from '../server.mjs';
import { TASKS, taskId } from './data.mjs';
import { documents } from './documents.mjs';

/** Milliseconds after which a change counts as lost. */
const PATIENCE = 10_000;

process.on('message', async (job) => process.send(await fanOut(job)));

/** All of the askers are the same user, who has one stream for each of them. */
async function fanOut({ url, askers, seconds }) {
  const agent = new Agent({ keepAlive: true });
  const streams = await Promise.all(askers.map(({ headers }) => openStream(url, agent, headers)));
  // A server may answer before it has begun to listen.
  await sleep(500);
  const times = [];
  const [{ user, headers }] = askers;
  const change = createAsker(url);
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    const title = nextTitle();
    const heard = Promise.all(streams.map((stream) => stream.hears(title)));
    const started = performance.now();
    await change(documents.updateTask, { id: taskId(user, TASKS - 1), input: { title } }, headers);
    await heard;
    times.push(performance.now() - started);
  }
  for (const stream of streams) stream.close();
  const total = times.reduce((sum, time) => sum + time, 0);
  return { seconds: total / 1000, times, failures: 0 };
}

let titles = 0;
/** Unlike any before: a task that is given the title it has is not changed. */
function nextTitle() {
  titles += 1;
  return `Heard ${titles}`;
}

function openStream(url, agent, headers) {
  return new Promise((resolve, reject) => {
    const accept = { accept: 'text/event-stream', 'content-type': 'application/json' };
    const sent = request(url, { agent, method: 'POST', headers: { ...headers, ...accept } });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      let look = () => {};
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        look();
      });
      response.on('error', () => {});
      resolve({ hears: (title) => within(PATIENCE, hearing(title)), close: () => sent.destroy() });

      function hearing(title) {
        return new Promise((heard) => {
          text = '';
          look = () => text.includes(`"title":"${title}"`) && heard();
        });
      }
    });
    sent.end(JSON.stringify({ query: documents.taskChanged }));
  });
}

function within(milliseconds, promise) {
  const late = sleep(milliseconds, undefined, { ref: false }).then(() => {
    throw new Error('A subscriber did not hear of a change.');
  });
  return Promise.race([promise, late]);
}
