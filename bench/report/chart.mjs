const WIDTH = 760;
const LEFT = 130;
const RIGHT = 70;
const TOP = 84;
const BAR = 11;
const GAP = 14;

/** Names and colours that can be told apart on white and on black. */
const NAMES = {
  latchkey: ['Latchkey', '#e8590c'],
  mercurius: ['Mercurius, graphql-jit, SQL by hand', '#0ca678'],
  yoga: ['Yoga, Pothos, Prisma', '#7950f2'],
  apollo: ['Apollo Server, Prisma', '#228be6'],
  embedded: ['Latchkey, embedded storage', '#f0a35e'],
  limit: ['bare node:http, one statement', '#868e96'],
};

/** The ratios to the baseline over so many connections, as bars in SVG. */
export function chart({ measured, baseline, servers, date, node }, connections) {
  const shown = measured.filter((one) => one.ratio !== null && [connections, 500].includes(one.connections));
  const names = servers.map(({ server }) => server).filter((server) => server !== baseline);
  const groups = [...new Set(shown.map(({ request }) => request))];
  const most = Math.max(1, ...shown.filter(({ server }) => server !== baseline).map(({ ratio }) => ratio));
  const scale = (WIDTH - LEFT - RIGHT) / most;
  const groupHeight = names.length * BAR + GAP;
  const height = TOP + groups.length * groupHeight + 10;

  const legend = names.map((name, n) => {
    const [label, colour] = NAMES[name];
    const [x, y] = [LEFT + (n % 2) * 290, 34 + Math.floor(n / 2) * 16];
    return `<rect x="${x}" y="${y - 8}" width="9" height="9" fill="${colour}"/><text x="${x + 14}" y="${y}">${label}</text>`;
  });
  const bars = groups.flatMap((request, group) => {
    const top = TOP + group * groupHeight;
    const label = `<text x="${LEFT - 8}" y="${top + (names.length * BAR) / 2 + 4}" text-anchor="end">${request}</text>`;
    const own = names.flatMap((name, n) => {
      const one = shown.find((one) => one.request === request && one.server === name);
      if (!one) return [];
      const [width, y] = [one.ratio * scale, top + n * BAR];
      return [
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}" fill="${NAMES[name][1]}"/>`,
        `<text class="value" x="${(LEFT + width + 4).toFixed(1)}" y="${y + 8}">${one.ratio.toFixed(2)}</text>`,
      ];
    });
    return [label, ...own];
  });
  const one = LEFT + scale;

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Throughput of each server as a share of the limit">
<style>
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .value { font-size: 9px }
  .paper { fill: #ffffff }
  .line { stroke: #868e96; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .paper { fill: #0d1117 } }
</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
<text x="8" y="16">Answers per second (${NAMES[baseline][0]} = 1), ${connections} connections, ${date}, Node ${node}</text>
<line class="line" x1="${one}" x2="${one}" y1="${TOP - 6}" y2="${height - 10}"/>
${[...legend, ...bars].join('\n')}
</svg>
`;
}
