import type { Log } from '../log.ts';

/**
 * Does the work every so many milliseconds, until the timer is cleared. A slow round is waited for: it must not be in its own way. A
 * failure is told when it begins and when it is over.
 */
export function repeatEvery(interval: number, name: string, work: () => Promise<unknown>, log: Log) {
  let running = false;
  let failing = false;
  return setInterval(async () => {
    if (running) return;
    running = true;
    try {
      await work();
      if (failing) log.info(`${name} works again`);
      failing = false;
    } catch (error) {
      if (!failing) log.error({ err: error }, `${name} fails, and is tried again`);
      failing = true;
    }
    running = false;
  }, interval);
}
