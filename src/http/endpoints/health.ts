import type { AppPlugin } from '../../context.ts';

/**
 * GET /health: the process answers. GET /ready: the database does, too. `checkClock` asks it, and tells by how many milliseconds
 * our clock is ahead, or 0. That is said and no reason to refuse: if the wrong clock is the database's, no replica would be left.
 */
export function useHealth(checkClock: () => Promise<number>): AppPlugin {
  return {
    async onRequest({ url, request, endResponse }) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return;
      if (url.pathname === '/health') endResponse(Response.json({ status: 'up' }));
      if (url.pathname === '/ready') endResponse(await readiness(checkClock));
    },
  };
}

const readiness = (checkClock: () => Promise<number>) =>
  checkClock().then(
    (clockAhead) => Response.json({ status: 'ready', ...(clockAhead !== 0 && { clockAhead }) }),
    () => Response.json({ status: 'unavailable' }, { status: 503, headers: { 'retry-after': '1' } }),
  );

/** Disables Yoga's health check, which would answer before ours: no URL path is a single space. */
export const NO_HEALTH_CHECK = ' ';
