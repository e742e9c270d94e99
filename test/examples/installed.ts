import { existsSync } from 'node:fs';

/** Whether the examples' own packages are there, for what needs them; says so if they are not. */
export function areInstalled(what: string): boolean {
  const installed = existsSync('examples/node_modules');
  if (!installed) console.warn(`SKIPPED: ${what}: npm install --prefix examples --ignore-scripts.`);
  return installed;
}
