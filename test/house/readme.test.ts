import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERRORS } from '../../src/errors.ts';

const README = readFileSync('README.md', 'utf8');

test('the README says of each code what errors.ts says: its status, and what a client does', () => {
  const rows = [...README.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (.+) \|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(Object.entries(ERRORS).map(([code, { status, client }]) => [code, String(status), client]));
});
