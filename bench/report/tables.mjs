/** The results as tables in Markdown: throughput with ratios, times, and what each server takes. */
export function tables(results) {
  const { date, machine, node, rounds, seconds, baseline } = results;
  return [
    `${date}, ${machine}, Node ${node}: medians of ${rounds} rounds of ${seconds} s.`,
    `Answers per second, and the ratio to ${baseline}`,
    byServer(results, ({ server, perSecond, ratio }) =>
      server === baseline || ratio === null
        ? whole(perSecond)
        : `${whole(perSecond)} (${ratio.toPrecision(ratio < 0.1 ? 2 : 3)})`,
    ),
    'Milliseconds: median / 99th percentile',
    byServer(results, ({ p50, p99 }) => `${short(p50)} / ${short(p99)}`),
    "Microseconds of the processors that the server's process takes for an answer",
    byServer(results, ({ processor }) => whole(processor)),
    'The process',
    table(
      ['', ...results.servers.map(({ server }) => server)],
      [
        ['start, ms', ...results.servers.map(({ start }) => whole(start))],
        ['resident when idle, MB', ...results.servers.map(({ idle }) => whole(idle))],
        ['resident under load, MB', ...results.servers.map(({ loaded }) => whole(loaded))],
      ],
    ),
  ].join('\n\n');
}

function byServer({ servers, measured }, show) {
  const cells = new Map(measured.map((one) => [keyOf(one, one.server), show(one)]));
  const asked = new Map(measured.map((one) => [keyOf(one), one]));
  return table(
    ['request', 'connections', ...servers.map(({ server }) => server)],
    Array.from(asked.values(), (one) => [
      one.request,
      one.connections,
      ...servers.map(({ server }) => cells.get(keyOf(one, server)) ?? '–'),
    ]),
  );
}

const keyOf = ({ request, connections }, server = '') => `${request} ${connections} ${server}`;

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const whole = (number) => Math.round(number).toLocaleString('en');
const short = (number) => (number < 10 ? number.toFixed(2) : number < 100 ? number.toFixed(1) : whole(number));
