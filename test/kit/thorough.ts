/** Whether everything runs, however long it takes, as in CI; elsewhere large samples are small ones. */
export const isThorough = Boolean(process.env['THOROUGH']);

/** The same, for what is left out elsewhere, and then says so. */
export function runsThorough(what: string): boolean {
  if (!isThorough) console.warn(`SKIPPED: ${what}, which takes long: THOROUGH=on.`);
  return isThorough;
}

/** All of them in CI, elsewhere each fifth. */
export const sampleOf = <T>(all: readonly T[]) => all.filter((_, n) => isThorough || n % 5 === 0);
