import { inject } from 'vitest';

/** The URL of compiled code, such as `main.js`: for processes of their own, which on Node 20 cannot run TypeScript. */
export const built = (path: string): string => new URL(path, inject('built')).href;
