// Generates what editors and `tsc` need, where it is missing or old: npm runs this after an install, `npm run dev` after a restart.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const CLIENT = 'test/client/generated';
const operations = readdirSync('test', { recursive: true }).filter((path) => path.endsWith('operations.ts'));
const madeOf = ['schema.graphql', 'codegen.ts', ...operations.map((path) => join('test', path))];

// Without the tools of development there is nothing to prepare; and what cannot be generated is no reason to fail an install.
if (existsSync('node_modules/prisma') && existsSync('node_modules/@graphql-codegen/cli')) {
  run('node prisma/generate.mjs');
  const isOld = madeOf.some((path) => changed(path) > changed(CLIENT));
  // Codegen leaves alone what would be the same, and with it the time.
  if (isOld && run('graphql-codegen --silent --config codegen.ts')) utimesSync(CLIENT, new Date(), new Date());
}

function changed(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Says whether it went well. The commands of packages are on the PATH, by npm. */
function run(command) {
  return spawnSync(command, { shell: true, stdio: 'inherit' }).status === 0;
}
