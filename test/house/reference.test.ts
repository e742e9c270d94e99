import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SECRETS, Variables } from '../../src/config/variables.ts';
import { ERRORS } from '../../src/errors.ts';
import { REFERENCE, withReference } from '../../src/reference.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const ERROR_PAGE = read('docs/errors.md');

test.each(Object.entries(REFERENCE))('%s is what the code says', (path, made) => {
  expect(read(path), 'run: npm run reference').toBe(withReference(read(path), made));
});

test('the page of errors says of each code its status, what a client does, what it means and what stands beside it', () => {
  const rows = [...ERROR_PAGE.matchAll(/^\| \[`([A-Z_]+)`\]\(.*?\) \| (\d+) \| (.+) \|$/gm)].map(([, ...row]) => row);
  expect(rows).toEqual(Object.entries(ERRORS).map(([code, { status, client }]) => [code, String(status), client]));
  for (const [code, { sentence, means, extensions }] of Object.entries(ERRORS)) {
    const [, section = ''] = ERROR_PAGE.split(`### ${code}\n`);
    expect(section.split('### ')[0]).toContain(`> ${sentence}\n\n${means}\n`);
    for (const name of extensions) expect(section.split('### ')[0]).toContain(`\`${name}\``);
  }
});

test('it explains whatever may stand beside a code, and nothing else', () => {
  const named = new Set<string>(Object.values(ERRORS).flatMap(({ extensions }) => extensions));
  const explained = [...ERROR_PAGE.matchAll(/^\| `(\w+)` \| /gm)].map(([, name]) => name);
  expect(explained.sort()).toEqual(['code', ...named].sort());
});

test('the page of the configuration has a row for each variable, with what it is for', () => {
  const rows = [...read('docs/configuration.md').matchAll(/^\| (`[A-Z_`, ]+`) \| (.*) \| (.+) \|$/gm)];
  const names = rows.flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', '));
  expect(names.sort()).toEqual([...Object.keys(Variables.shape), ...SECRETS.map((name) => `${name}_FILE`)].sort());
  expect(Object.entries(Variables.shape).filter(([, variable]) => !variable.description)).toEqual([]);
});

test('the page of limits names variables that there are, beside their defaults', () => {
  const rows = read('docs/limits.md').match(/^\|.*`[A-Z_]{4,}`.*\|$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) {
    const [, name = ''] = /`([A-Z_]{4,})`/.exec(row) ?? [];
    expect(Object.keys(Variables.shape)).toContain(name);
    const [, fallback = ''] =
      new RegExp(`^\\| \`${name}\` \\| \`(\\d+)`, 'm').exec(read('docs/configuration.md')) ?? [];
    expect(row.replaceAll(',', '')).toMatch(new RegExp(`\\b${fallback}\\b`));
  }
});

test('the README and the page of concepts have the same five words', () => {
  const wordsIn = (page: string) => /## Five words\n\n((?:\|.*\n)+)/.exec(page)?.[1];
  expect(wordsIn(read('docs/concepts.md'))?.split('\n')).toHaveLength(8);
  expect(wordsIn(read('README.md'))).toBe(wordsIn(read('docs/concepts.md')));
});
