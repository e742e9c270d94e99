import { vi } from 'vitest';
import { type Ask, runCommand } from '../../src/commands.ts';
import { parseConfig } from '../../src/config/config.ts';
import { AppError } from '../../src/errors.ts';

/** What `npm run <args>` prints and how it ends, as `latchkey(args, env).ended` says, without a process of its own. */
export async function command([name = '', ...args]: string[], env: Record<string, string>, ask: Ask | null = null) {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(`${line}\n`));
  try {
    await runCommand(name, args, () => parseConfig(env), new Date(), ask);
    return { code: 0, output: lines.join('') };
  } catch (error) {
    const says = error instanceof AppError ? error.detail : (error as Error).message;
    return { code: 1, output: `${lines.join('')}${says}\n` };
  } finally {
    log.mockRestore();
  }
}
