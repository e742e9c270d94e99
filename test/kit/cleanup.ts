const cleanups: (() => unknown)[] = [];

/** To be done when the test file is: unlike `afterAll` also for what a test starts, and in modules that several files share. */
export const afterFile = (cleanup: () => unknown) => void cleanups.push(cleanup);

/** The last first. One that fails keeps no other from being done. */
export async function cleanUp(): Promise<void> {
  const failures: unknown[] = [];
  for (const cleanup of cleanups.splice(0).reverse()) {
    try {
      await cleanup();
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `Not taken away: ${failures.join(', ')}`);
}
