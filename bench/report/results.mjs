import { cpus } from 'node:os';
import { quantile } from '../server.mjs';

/** Medians over the rounds. A ratio is taken within each round, since what else the machine does meets all turns of it. */
export function summarise(turns, { servers, rounds, seconds }) {
  const [baseline] = servers;
  const turnsOf = (name) => turns.filter(({ server }) => server === name);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}, ${process.platform}`,
    node: process.version,
    rounds,
    seconds,
    baseline,
    servers: servers.map((server) => ({ server, ...mediansOf(turnsOf(server), ['start', 'idle', 'loaded']) })),
    measured: servers.flatMap((server) =>
      turnsOf(server)[0].measured.map((cell) => {
        const own = turnsOf(server).map((turn) => measurementOf(turn, cell));
        const base = turnsOf(baseline).map((turn) => measurementOf(turn, cell));
        const ratios = own.map(({ perSecond }, round) => perSecond / base[round]?.perSecond);
        const { request, connections } = cell;
        return {
          request,
          connections,
          server,
          ratio: base[0] ? median(ratios) : null,
          ...mediansOf(own, ['perSecond', 'p50', 'p99', 'processor']),
        };
      }),
    ),
  };
}

const measurementOf = ({ measured }, { request, connections }) =>
  measured.find((one) => one.request === request && one.connections === connections);

const median = (values) => quantile(values, 0.5);
const mediansOf = (items, keys) => Object.fromEntries(keys.map((key) => [key, median(items.map((item) => item[key]))]));
