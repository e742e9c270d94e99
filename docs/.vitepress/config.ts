import { existsSync, readFileSync } from 'node:fs';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { MARK } from '../../src/graphiql/look.ts';
import { checkSite } from './check.ts';
import { fromGitHub } from './from-github.ts';
import { slugOf } from './slug.ts';

const mark = `data:image/svg+xml,${encodeURIComponent(MARK)}`;

// VitePress takes Markdown as GitHub does and searches without a service. 1.6, for 2.0 is an alpha.
export default defineConfig({
  title: 'Latchkey',
  description: 'A GraphQL API whose access rules are declared once, in code.',
  lang: 'en',
  head: [['link', { rel: 'icon', href: mark }]],
  // GitHub shows it with the folder.
  rewrites: { 'README.md': 'index.md' },
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: slugOf },
    config: (markdown) => fromGitHub(markdown, process.env['DOCS_REPOSITORY']),
  },
  ignoreDeadLinks: 'localhostLinks',
  // Its table takes all the room that there is.
  transformPageData: ({ relativePath }) =>
    relativePath === 'access.md' ? { frontmatter: { aside: false } } : undefined,
  themeConfig: {
    logo: { src: mark, alt: '' },
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      group('Begin', ['first-steps', 'concepts']),
      group('Use', ['clients', 'errors', 'limits']),
      group('Build', ['rules', 'access', 'guides', 'replace-tasks', 'library']),
      group('Run', ['configuration', 'operate', 'watch', 'keys', 'issuers', 'scale']),
      group('Trust', ['threat-model', 'SECURITY']),
    ],
  },
  buildEnd: ({ outDir }) => checkSite(outDir),
});

/** The pages that there are, each under its own heading. */
function group(text: string, names: string[]): DefaultTheme.SidebarItem {
  const pages = names.map((name) => ({ name, path: new URL(`../${name}.md`, import.meta.url) }));
  return {
    text,
    items: pages
      .filter(({ path }) => existsSync(path))
      .map(({ name, path }) => ({
        text: /^# (.*)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? name,
        link: `/${name}`,
      })),
  };
}
