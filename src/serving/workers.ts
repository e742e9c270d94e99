import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Log } from '../log.ts';

/**
 * Runs `main` in so many processes, which share one port, until told to stop; then lets each finish what is under way. One that
 * dies is replaced. Rejects where that helps nobody: if one dies before any has listened, or if too many die.
 */
export async function runWorkers(count: number, { main, log, toldToStop, ready }: WorkerOptions): Promise<void> {
  const deaths: number[] = [];
  let served = false;
  let stopping = false;
  cluster.setupPrimary({ exec: main });
  cluster.once('listening', () => {
    served = true;
    ready();
  });

  async function keepOne() {
    while (!stopping) {
      const worker = cluster.fork();
      const [code, signal] = await once(worker, 'exit');
      if (stopping) return;
      if (!served) throw new Error('A worker ended before it listened.');
      deaths.push(performance.now());
      const recent = deaths.filter((time) => time > performance.now() - MINUTE).length;
      if (recent >= MOST_DEATHS) throw new Error(`${recent} workers died within a minute: this has to be looked into.`);
      log.error({ worker: worker.process.pid, code, signal }, 'a worker died, and is replaced');
      await setTimeout(PAUSE);
    }
  }

  const kept = Array.from({ length: count }, keepOne);
  try {
    await Promise.race([toldToStop, ...kept]);
  } finally {
    stopping = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM');
    await Promise.allSettled(kept);
  }
}

const MINUTE = 60_000;
/** Within a minute: more are no accidents, and whoever watches the server has to hear of it. */
const MOST_DEATHS = 10;
/** Milliseconds before a worker is replaced, for a database that is away must not be asked without pause. */
const PAUSE = 1000;

interface WorkerOptions {
  /** The file that a worker runs. */
  main: string;
  log: Log;
  toldToStop: Promise<unknown>;
  /** Called once the first worker listens. */
  ready(): void;
}
