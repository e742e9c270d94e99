import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Fails where a page of the built site would ask another host for something, or a link has no place to lead to. */
export function checkSite(directory: string) {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(html|css)$/.test(name),
  );
  const site = new Map(files.map((name) => [`/${name}`, readFileSync(join(directory, name), 'utf8')]));
  const complaints = [...site].flatMap(([path, text]) => [
    ...[...text.matchAll(FOREIGN)].map(([asked]) => `${path} asks another host: ${asked}`),
    ...[...text.matchAll(/<a [^>]*href="([^"]*)"/g)]
      .filter(([, href = '']) => !leads(path, href, site))
      .map(([, href]) => `${path} links to ${href}, which is not there`),
  ]);
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

function leads(from: string, href: string, site: Map<string, string>) {
  if (/^[a-z]+:/.test(href)) return true;
  const [path = '', anchor] = href.split('#');
  const page = site.get(path === '' ? from : posix.resolve(posix.dirname(from), path).replace(/\/$/, '/index.html'));
  return page !== undefined && (!anchor || page.includes(`id="${decodeURIComponent(anchor)}"`));
}

/** What a browser loads by itself: what somebody follows may lead anywhere. */
const FOREIGN =
  /<(?:script|link|img|source|iframe|video|audio)\b[^>]*(?:src|href|srcset)="(?:https?:)?\/\/[^"]*"|(?:url\(|@import )["']?(?:https?:)?\/\/[^)"']*/g;
