import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { sources } from './source.ts';

test('no source file has over 250 lines', () => {
  expect(sources.filter(({ text }) => text.split('\n').length > 251).map(({ path }) => path)).toEqual([]);
});

test('no folder has over ten source files', () => {
  const folders = sources.map(({ path }) => dirname(path));
  const counts = new Map(folders.map((folder) => [folder, folders.filter((other) => other === folder).length]));
  expect([...counts].filter(([, files]) => files > 10)).toEqual([]);
});

test('no file is a drawer for the rest', () => {
  const drawer = /(^|\/)(utils?|helpers?|common|misc|shared|index)(\.ts|\/)/;
  expect(sources.map(({ path }) => path).filter((path) => drawer.test(path))).toEqual([]);
});
