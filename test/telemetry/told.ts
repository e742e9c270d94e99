import type { TestApp } from '../kit/app.ts';

/** What the log tells of the requests that the work makes: once they are over, which may be a moment after they were answered. */
export async function toldOf({ logged }: Pick<TestApp, 'logged'>, work: () => Promise<unknown>, requests = 1) {
  const before = logged.length;
  await work();
  const told = () => logged.slice(before).map((line): Line => JSON.parse(line));
  while (told().filter(({ msg }) => msg === 'request').length < requests) await new Promise(setImmediate);
  return told();
}

/** The line of the one request. */
export async function lineOf(app: Pick<TestApp, 'logged'>, work: () => Promise<unknown>): Promise<Line> {
  const line = (await toldOf(app, work)).find(({ msg }) => msg === 'request');
  if (!line) throw new Error('There is no line.');
  return line;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the line holds
export type Line = Record<string, any>;
