import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { SECRETS, Variables } from '../../src/config/variables.ts';

const example = readFileSync('.env.example', 'utf8');
const named = [...example.matchAll(/^# ?([A-Z_]+)=/gm)].map(([, name]) => name);
const VARIABLES = Object.keys(Variables.shape);
const withFiles = [...VARIABLES, ...SECRETS.map((name) => `${name}_FILE`)];

test('.env.example names each variable once, and no other', () => {
  expect([...named].sort()).toEqual([...withFiles].sort());
});

test('.env.example sets nothing: copied as it is, it changes nothing', () => {
  expect(example.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
});

test('what .env.example shows as defaults are the defaults', () => {
  const shown = Object.fromEntries(
    [...example.matchAll(/^# ([A-Z_]+)=(.+)$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(parseConfig(shown)).toEqual(parseConfig({}));
});
