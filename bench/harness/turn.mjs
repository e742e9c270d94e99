import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAsker, quantile } from '../server.mjs';
import { SESSIONS, session } from './data.mjs';
import { connectionsOf, requests } from './requests.mjs';

/** Seconds before each measurement: the engine compiles what is used often. */
const WARM_UP = 4;
/** Milliseconds after the start at which a server counts as idle. */
const SETTLED = 4000;

/**
 * One turn of one server: starts it, measures each request over each number of connections, and stops it, so that none is in the
 * way of another. Throws at the first answer that is not right.
 */
export async function takeTurn(name, { servers, senders, options }) {
  const server = await servers.start(name);
  try {
    await sleep(SETTLED);
    const idle = server.memory();
    const measured = [];
    for (const what of options.only.filter((what) => servers.canAnswer(name, what))) {
      for (const connections of connectionsOf(requests[what], options.connections)) {
        const measurement = await measure(what, connections, { server, servers, senders, seconds: options.seconds });
        measured.push({ request: what, connections, ...measurement });
      }
    }
    const loaded = Math.max(...measured.map(({ memory }) => memory));
    return { start: server.milliseconds, idle, loaded, measured };
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  } finally {
    await server.stop();
  }
}

async function measure(what, connections, { server, servers, senders, seconds }) {
  const request = requests[what];
  const sender = request.subscribers ? senders.fanOut : senders.load;
  const send = async (seconds) => {
    const askers = await askersOf(request, connections, servers);
    return sender.ask({ url: server.url, what, askers, seconds });
  };
  await check(request, server, servers);
  await send(WARM_UP);
  // Answered after what was still under way when the time was over, which must not fall into the measurement.
  await check(request, server, servers);

  let memory = 0;
  const watching = setInterval(() => {
    memory = Math.max(memory, server.memory());
  }, 200);
  const used = server.processor();
  const { times, seconds: taken, failures } = await send(seconds).finally(() => clearInterval(watching));
  assert.ok(times.length > 0, `No answer to ${what} came within ${seconds} s.`);
  assert.equal(failures, 0, `${failures} of ${times.length} answers to ${what} were errors.`);
  return {
    perSecond: (times.length * (request.subscribers ?? 1)) / taken,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    processor: ((server.processor() - used) * 1000) / times.length,
    memory,
  };
}

/** Throws unless the server answers as it should. */
async function check(request, server, servers) {
  if (request.subscribers) return;
  const [{ user, refreshToken, headers }] = await askersOf(request, 1, servers);
  const { answer } = await createAsker(server.url)(
    request.document,
    request.variables({ user, refreshToken, turn: 0 }),
    headers,
  );
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  request.check(answer.data, user);
}

/** Who asks over each connection: each from an address of its own, and with a session of its own where it is used up. */
const askersOf = (request, connections, servers) =>
  Promise.all(
    Array.from({ length: connections }, async (_, connection) => {
      const user = request.asker(connection);
      const { accessToken, refreshToken } = await servers.tokensOf(
        user,
        session(request.refreshed ? nextSession() : SESSIONS - 1 - Math.floor(connection / STREAMS)),
      );
      const proxied = {
        'x-forwarded-proto': 'https',
        'x-forwarded-for': `10.1.${connection >> 8}.${connection & 255}`,
      };
      return { user, refreshToken, headers: { authorization: `Bearer ${accessToken}`, ...proxied } };
    }),
  );

/** As many as Latchkey lets one session have; it has 100 for a user. */
const STREAMS = 20;

let sessions = 0;
function nextSession() {
  sessions += 1;
  return sessions;
}
