import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { printSdl } from '../../src/schema.ts';

const sdl = printSdl();

test('schema.graphql is what the code says', () => {
  expect(readFileSync('schema.graphql', 'utf8'), 'run: npm run schema').toBe(`${sdl}\n`);
});

test('the printed schema shows the rules', () => {
  expect(sdl).toContain('directive @auth(anyOf: [AuthRule!]!) repeatable on OBJECT | FIELD_DEFINITION');
  expect(sdl).toMatch(
    /"""\nOne sign-in of a user, on one device\.\nRequires: owner or admin\.\n"""\ntype Session @auth\(anyOf: \[OWNER, ADMIN\]\)/,
  );
});
