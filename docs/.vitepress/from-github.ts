import { posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/**
 * Lets the site show what is written for GitHub: links to files of the project lead to this repository, such as
 * https://github.com/you/latchkey/blob/main, or are plain text where none is named; and a picture in two colours goes by the
 * reader's choice.
 */
export function fromGitHub(markdown: MarkdownRenderer, repository: string | undefined) {
  markdown.core.ruler.push('files-of-the-project', ({ tokens, env }) => {
    for (const { children } of tokens) {
      let isPlain = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const target = String(token.attrGet('href'));
          const path = posix.join('docs', posix.dirname(env.relativePath), target);
          const isPage = /^([a-z]+:|#)/.test(target) || /^docs\/[^/]+\.md(#|$)/.test(path);
          isPlain = !isPage && !repository;
          if (!isPage && repository) token.attrSet('href', `${repository}/${path}`);
          if (isPlain) token.attrs = [['title', path]];
        }
        if (isPlain && token.type.startsWith('link_')) token.tag = 'span';
      }
    }
  });
  const html = markdown.renderer.rules['html_block'];
  markdown.renderer.rules['html_block'] = (tokens, index, ...rest) => {
    const token = tokens[index];
    const [, dark, light, alt] = PICTURE.exec(token?.content ?? '') ?? [];
    if (dark)
      return `<img class="in-dark" src="${dark}" alt="${alt}"><img class="in-light" src="${light}" alt="${alt}">`;
    return html?.(tokens, index, ...rest) ?? token?.content ?? '';
  };
}

const PICTURE =
  /^<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="(.*?)">\s*<img src="(.*?)"\s+alt="(.*?)">/;
