import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { prepareServers } from './harness/servers.mjs';
import { requests } from './harness/requests.mjs';
import { session } from './harness/data.mjs';
import { startSender } from './harness/sender.mjs';
import { spawnServer, LATCHKEY } from './server.mjs';
const what = process.argv[2] ?? 'tasks', seconds = Number(process.argv[3] ?? 8);
const servers = await prepareServers(['latchkey'], 'postgres://postgres@127.0.0.1:5432/postgres');
const sender = startSender('./peers/load.mjs');
try {
  rmSync('/tmp/prof', { recursive: true, force: true });
  const server = await servers.start('latchkey');
  const request = requests[what];
  const askers = await Promise.all(Array.from({ length: 16 }, async (_, c) => {
    const user = request.asker(c);
    const { accessToken, refreshToken } = await servers.tokensOf(user, session(0));
    return { user, refreshToken, headers: { authorization: `Bearer ${accessToken}`, 'x-forwarded-proto': 'https', 'x-forwarded-for': `10.1.0.${c}` } };
  }));
  await sender.ask({ url: server.url, what, askers, seconds: 3 });
  const a = server.processor();
  const { times } = await sender.ask({ url: server.url, what, askers, seconds });
  console.log(what, times.length, 'answers', ((server.processor() - a) * 1000 / times.length).toFixed(0), 'us each');
  await server.stop();
} finally { sender.stop(); await servers.drop(); }
const file = readdirSync('/tmp/prof').map((f) => `/tmp/prof/${f}`).sort((a,b)=>readFileSync(b).length-readFileSync(a).length)[0];
const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file));
const self = new Map(), byId = new Map(nodes.map((n) => [n.id, n]));
let total = 0;
samples.forEach((id, i) => { const n = byId.get(id).callFrame; const k = `${n.functionName || '(anon)'} ${n.url.split('/').slice(-2).join('/')}:${n.lineNumber + 1}`; self.set(k, (self.get(k) ?? 0) + timeDeltas[i]); if (n.functionName !== '(idle)') total += timeDeltas[i]; });
for (const [k, v] of [...self].filter(([k])=>!k.startsWith('(idle)')).sort((a, b) => b[1] - a[1]).slice(0, 45)) console.log((v / total * 100).toFixed(1), k);
