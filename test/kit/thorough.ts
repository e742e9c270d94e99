/** Whether everything runs, however long it takes, as in CI; elsewhere large samples are small ones. */
export const isThorough = Boolean(process.env['THOROUGH']);

/** Whether somebody waits for it, who is working on the code: neither CI, nor everything. */
export const isQuick = !isThorough && !process.env['CI'];

/** Whether to run what is left out elsewhere, and then says so. */
export function runsThorough(what: string): boolean {
  if (!isThorough) console.warn(`SKIPPED: ${what}, which takes long: THOROUGH=on.`);
  return isThorough;
}

/** The same, for what CI runs each time. */
export function runsUnlessQuick(what: string): boolean {
  if (isQuick) console.warn(`SKIPPED: ${what}: CI=true or THOROUGH=on.`);
  return !isQuick;
}

/** All of them where everything runs, elsewhere each fifth. */
export const sampleOf = <T>(all: readonly T[]) => all.filter((_, n) => isThorough || n % 5 === 0);

/** All of them, but each fifth where somebody waits. */
export const quickSampleOf = <T>(all: readonly T[]) => all.filter((_, n) => !isQuick || n % 5 === 0);
