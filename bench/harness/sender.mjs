import { fork } from 'node:child_process';

/** A module of `bench/` as a process of its own, which gets one message at a time and answers each with one. */
export function startSender(path) {
  const child = fork(new URL(`../${path}`, import.meta.url));
  return {
    ask: (job) =>
      new Promise((resolve, reject) => {
        const ended = () => reject(new Error(`${path} has ended.`));
        child.once('exit', ended);
        child.once('message', (answer) => {
          child.off('exit', ended);
          resolve(answer);
        });
        child.send(job);
      }),
    stop: () => child.connected && child.disconnect(),
  };
}
