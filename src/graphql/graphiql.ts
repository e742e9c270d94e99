import { createHash } from 'node:crypto';
import type { AppPlugin } from '../context.ts';

/** Answers whoever wants a page of `/graphql` with GraphiQL, all of it, so that it works without a network; and with no other script. */
export function useGraphiQL(): AppPlugin {
  // It is large: loaded and looked at when somebody asks for it, and then kept.
  let page: Promise<Page> | undefined;
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      const isAsked = request.method === 'GET' && request.headers.get('accept')?.includes('text/html');
      if (!isAsked || url.pathname !== '/graphql') return;
      page ??= makePage();
      const { html, policy } = await page;
      endResponse(
        new fetchAPI.Response(html, {
          headers: { 'content-type': 'text/html', 'content-security-policy': policy },
        }),
      );
    },
  };
}

async function makePage(): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const html = renderGraphiQL({ title: 'Latchkey' });
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(
    ([, script = '']) => `'sha256-${hashOf(script)}'`,
  );
  return { html, policy: [...POLICY, `script-src ${scripts.join(' ')}`].join('; ') };
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
