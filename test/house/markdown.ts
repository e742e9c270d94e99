import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Every page that people write. */
export const pages = [
  'README.md',
  'CHANGELOG.md',
  'src/README.md',
  'bench/README.md',
  'examples/README.md',
  ...readdirSync('examples')
    .map((name) => `examples/${name}/README.md`)
    .filter((path) => existsSync(path)),
  ...readdirSync('docs').map((name) => `docs/${name}`),
].filter((path) => path.endsWith('.md') && path !== 'docs/access.md');

/** Every block of code of these pages. */
const blocks: Block[] = pages.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    page,
    language,
    text,
  })),
);

/** Files and changes that a guide makes, of which the project has none: the tests that follow the guides try them. */
export const isOfGuide = ({ language, text }: Block) => language === 'diff' || /^(\/\/|--) \S+\.\w+\n/.test(text);

/** What shows tasks, and guides that begin with them, are for test/tasks, which goes when they are replaced. */
const isOfTasks = (block: Block) => isOfGuide(block) || /task/i.test(block.text);

export const blocksOfTasks = blocks.filter(isOfTasks);
export const otherBlocks = blocks.filter((block) => !isOfTasks(block));

export interface Block {
  page: string;
  /** Empty where it names none. */
  language: string;
  text: string;
}
