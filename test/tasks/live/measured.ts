import { type Server, serve } from '../../kit/server-process.ts';

/** A server in a process of its own that tells what it uses. */
export async function serveMeasured(env: Record<string, string>): Promise<MeasuredServer> {
  const server = await serve(env, ['--expose-gc', '--import', MEASURE]);
  return {
    ...server,
    async usage(mostSockets = Infinity) {
      server.child.stdin.write(`${mostSockets}\n`);
      return JSON.parse(await server.says(/^usage (.*)$/));
    },
  };
}

/** In that process: answers each number by what it uses once it has no more sockets than that. */
const MEASURE = `data:text/javascript,${encodeURIComponent(`
  import { setTimeout as sleep } from 'node:timers/promises';

  const count = (kind) => process.getActiveResourcesInfo().filter((name) => name === kind).length;
  process.stdin.unref().on('data', async (mostSockets) => {
    while (count('TCPSocketWrap') > Number(mostSockets)) await sleep(10);
    // What a collection frees may let the next one free more.
    for (let i = 0; i < 5; i++) {
      await sleep(20);
      gc();
    }
    const { heapUsed, external } = process.memoryUsage();
    const [sockets, timers] = [count('TCPSocketWrap'), count('Timeout')];
    console.log('usage ' + JSON.stringify({ heapUsed: heapUsed + external, sockets, timers }));
  });
`)}`;

interface MeasuredServer extends Server {
  usage(mostSockets?: number): Promise<Usage>;
}

interface Usage {
  /** Bytes, once what nobody needs is gone. */
  heapUsed: number;
  sockets: number;
  timers: number;
}
