import { parseArgs } from 'node:util';
import { requests } from './requests.mjs';
import { SERVERS } from './servers.mjs';

const DEFAULTS = {
  only: Object.keys(requests).join(),
  servers: Object.keys(SERVERS).join(),
  connections: '1,16,128',
  rounds: '5',
  seconds: '5',
  to: 'bench',
};

/** What the command line asks for; throws for what there is not. */
export function readOptions(args) {
  const options = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: 'string' }]));
  const values = { ...DEFAULTS, ...parseArgs({ args, options }).values };
  return {
    only: named('only', values.only, Object.keys(requests)),
    servers: named('servers', values.servers, Object.keys(SERVERS)),
    connections: values.connections.split(',').map((part) => counted('connections', part)),
    rounds: counted('rounds', values.rounds),
    seconds: counted('seconds', values.seconds),
    /** The folder for results.json and chart.svg. */
    to: values.to,
  };
}

/** In the order in which they are listed here, whatever the one in which they were asked for. */
function named(option, value, all) {
  const asked = value.split(',');
  const unknown = asked.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`--${option} knows ${all.join(', ')}, not "${unknown}".`);
  return all.filter((name) => asked.includes(name));
}

function counted(option, value) {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new Error(`--${option} takes whole numbers from 1 to 9999, not "${value}".`);
  return Number(value);
}
