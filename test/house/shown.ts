import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, validate } from 'graphql';
import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { schema } from '../../src/schema.ts';
import { commandsIn, expectCommand } from './commands.ts';
import type { Block } from './markdown.ts';

/** Fails unless the code, the schema or the project has what the block shows, and for a block that nobody can try. */
export function expectShown({ page, language, text }: Block) {
  const tried = KINDS[language];
  expect(tried, `${page} has a block of "${language}", which nobody tries:\n${text}`).toBeDefined();
  tried?.(text);
}

const KINDS: Record<string, (text: string) => void> = {
  graphql(text) {
    if (/^(query|mutation|subscription|fragment|\{)/.test(text)) expect(validate(schema, parse(text))).toEqual([]);
    else expectExcerpt(text, ['schema.graphql']);
  },
  ts: (text) => expectExcerpt(text, CODE),
  tsx: (text) => expectExcerpt(text, CODE),
  json: JSON.parse,
  yaml: (text) => expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]),
  sh(text) {
    for (const command of commandsIn(text)) expectCommand(command);
  },
};

/** However it is indented, and wherever its lines are broken. */
function expectExcerpt(text: string, files: string[]) {
  const isIn = (file: string) => flat(readFileSync(file, 'utf8')).includes(flat(text));
  expect(files.filter(isIn), `no file has:\n${text}`).not.toEqual([]);
}

const flat = (text: string) => text.replace(/\s+/g, ' ').trim();

const CODE = ['src', 'examples'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !/(^|\/)(node_modules|generated)\//.test(path))
    .map((path) => join(folder, path)),
);
