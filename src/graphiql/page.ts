import { createHash } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { rules } from '../access/rules.ts';
import type { AppPlugin } from '../context.ts';
import { openDoor, type Parts } from './browser/door.ts';
import { openLinks } from './browser/links.ts';
import { createPanel } from './browser/panel.ts';
import { withSession } from './browser/requests.ts';
import { createSession } from './browser/session.ts';
import { keepStream } from './browser/stream.ts';
import { DOOR, MARK, STYLE } from './look.ts';
import { samplesIn } from './samples.ts';

/**
 * Answers whoever wants a page of `/graphql` with GraphiQL, all of it, so that it works without a network; and with no other script
 * than its own and the door's. `/` leads there.
 */
export function useGraphiQL(schema: () => GraphQLSchema): AppPlugin {
  // It is large: loaded and looked at when somebody asks for it, and then kept.
  let page: Promise<Page> | undefined;
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (request.method !== 'GET') return;
      if (url.pathname === '/')
        return endResponse(new fetchAPI.Response(null, { status: 302, headers: { location: '/graphql' } }));
      if (url.pathname !== '/graphql' || !request.headers.get('accept')?.includes('text/html')) return;
      page ??= makePage(schema());
      const { html, policy } = await page;
      endResponse(
        new fetchAPI.Response(html, {
          headers: { 'content-type': 'text/html', 'content-security-policy': policy },
        }),
      );
    },
  };
}

async function makePage(schema: GraphQLSchema): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const graphiql = renderGraphiQL({
    title: 'Latchkey',
    favicon: `data:image/svg+xml,${encodeURIComponent(MARK)}`,
    logo: MARK,
    // Subscriptions too, which it would send by GET.
    method: 'POST',
    // Somebody's token may be among them.
    shouldPersistHeaders: false,
    defaultTabs: samplesIn(schema).map((query) => ({ query })),
  });
  const html = graphiql
    .replace('</head>', () => `${STYLE}</head>`)
    .replace('<div id="root"></div>', () => `${DOOR}<script>${doorScript()}</script><main id="root"></main>`);
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(
    ([, script = '']) => `'sha256-${hashOf(script)}'`,
  );
  return { html, policy: [...POLICY, `script-src ${scripts.join(' ')}`].join('; ') };
}

/** The text of the functions in browser/, which therefore know nothing but what they are given. */
function doorScript() {
  const parts: Parts = { createPanel, createSession, keepStream, openLinks, withSession };
  const texts = Object.entries(parts).map(([name, part]) => `${name}: ${part}`);
  const requires = Object.entries(rules).map(([name, rule]) => [name, rule.requires]);
  return `(${openDoor})({ ${texts} }, ${JSON.stringify(Object.fromEntries(requires))});`;
}

const hashOf = (script: string) => createHash('sha256').update(script).digest('base64');

/** What GraphiQL needs: its editor writes styles, works in workers made from itself, and has its fonts within. */
const POLICY = [
  "default-src 'none'",
  "connect-src 'self'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  'worker-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

interface Page {
  html: string;
  /** Its Content-Security-Policy. */
  policy: string;
}
