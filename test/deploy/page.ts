import { readFileSync } from 'node:fs';

/** The commands that docs/operate.md gives under a heading, block by block. */
export function commandsUnder(heading: string): string[] {
  const [, section = ''] = readFileSync('docs/operate.md', 'utf8').split(`\n## ${heading}\n`);
  return [...(section.split('\n## ')[0] ?? '').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}
