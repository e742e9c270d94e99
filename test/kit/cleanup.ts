const cleanups: (() => unknown)[] = [];

/** To be done when the test file is: unlike `afterAll` also for what a test starts, and in modules that several files share. */
export const afterFile = (cleanup: () => unknown) => void cleanups.push(cleanup);

/** The last first. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}
