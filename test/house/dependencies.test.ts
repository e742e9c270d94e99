import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, object>;
const packages = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@types/'));

/** In the table, a name without a scope belongs to the one before it. */
function namedInReadme() {
  const [, table = ''] = readFileSync('README.md', 'utf8').split('## Dependencies');
  return [...table.matchAll(/^\| ([^|]+) \| \S.* \|$/gm)].slice(1).flatMap(([, cell = '']) => {
    let scope = '';
    return cell.split(', ').map((name) => {
      const full = !name.startsWith('@') && packages.includes(`${scope}/${name}`) ? `${scope}/${name}` : name;
      scope = full.startsWith('@') ? (full.split('/')[0] ?? '') : '';
      return full;
    });
  });
}

test('the README gives a reason for each dependency, and for no other', () => {
  const named = namedInReadme().filter((name) => !name.startsWith('---'));
  expect([...named].sort()).toEqual([...packages].sort());
});
