import { afterAll, vi } from 'vitest';
import { cleanUp } from './cleanup.ts';

// Files share a process: none may leave its clock, its servers or its directories to the next.
afterAll(async () => {
  vi.useRealTimers();
  await cleanUp();
});
