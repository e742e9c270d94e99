// Load on one server from a process of its own: told what to send, it tells how long each answer took.
import autocannon from 'autocannon';
import { requests } from '../harness/requests.mjs';

process.on('message', async (job) => process.send(await load(job)));

/** Each of the askers has a connection to itself, and asks again as soon as it is answered. */
async function load({ url, what, askers, seconds }) {
  const request = requests[what];
  const waiting = [...askers];
  const times = [];
  const run = autocannon({
    url,
    connections: askers.length,
    duration: seconds,
    timeout: 30,
    setupClient: (client) => client.setRequests([requestBy(waiting.pop(), request)]),
    verifyBody: isInOrder,
  });
  run.on('response', (_client, _status, _bytes, milliseconds) => times.push(milliseconds));
  const { duration, non2xx, errors, timeouts, mismatches } = await run;
  return { seconds: duration, times, failures: non2xx + errors + timeouts + mismatches };
}

function requestBy({ user, headers, refreshToken }, { document, variables, refreshed }) {
  const asker = { user, turn: 0, refreshToken };
  const bodyOf = () => JSON.stringify({ query: document, variables: variables(asker) });
  const request = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  // Made anew only if it differs from turn to turn: what making it takes is taken from the server.
  const constant = bodyOf() === JSON.stringify({ query: document, variables: variables({ ...asker, turn: 1 }) });
  if (constant && !refreshed) return { ...request, body: bodyOf() };
  return {
    ...request,
    setupRequest: (made) => ({ ...made, body: bodyOf() }),
    onResponse(_status, body) {
      asker.turn += 1;
      if (refreshed && isInOrder(body)) asker.refreshToken = refreshed(JSON.parse(body).data);
    },
  };
}

const isInOrder = (body) => body.startsWith('{"data"') && !body.includes('"errors"');
