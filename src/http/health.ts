import type { AppPlugin } from '../context.ts';

/** GET /health: the process answers. GET /ready: the database does, too. */
export function useHealth(isReady: () => Promise<boolean>): AppPlugin {
  return {
    async onRequest({ url, request, endResponse }) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return;
      if (url.pathname === '/health') endResponse(Response.json({ status: 'up' }));
      if (url.pathname === '/ready') {
        const ready = await isReady();
        endResponse(Response.json({ status: ready ? 'ready' : 'unavailable' }, { status: ready ? 200 : 503 }));
      }
    },
  };
}

/** Disables Yoga's health check, which would answer before ours: no URL path is a single space. */
export const NO_HEALTH_CHECK = ' ';
