import type { TestApp } from './app.ts';

/** Keeps the table from everybody, and on an embedded database all of them, until the function that it returns is called. */
export async function locked({ db }: Pick<TestApp, 'db'>, table: string): Promise<() => Promise<void>> {
  let release = () => {};
  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    ended = db.$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe(`LOCK TABLE "${table}" IN ACCESS EXCLUSIVE MODE`);
        const released = new Promise<void>((done) => {
          release = done;
        });
        resolve();
        await released;
      },
      { timeout: 15_000 },
    );
    ended.catch(reject);
  });
  return () => {
    release();
    return ended;
  };
}
