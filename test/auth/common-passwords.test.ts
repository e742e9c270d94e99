import { createReadStream } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { PASSWORD, SIGNUP, startApp } from '../kit/app.ts';

vi.mock('node:fs', async (load) => {
  const fs = await load<typeof import('node:fs')>();
  return { ...fs, createReadStream: vi.fn(fs.createReadStream) };
});

const { codeOf } = await startApp();

test('a failed read of the common passwords is not remembered, and one that succeeded is', async () => {
  const signUp = (password: string) => codeOf(SIGNUP, { input: { email: 'ann@example.com', password } });
  vi.mocked(createReadStream).mockImplementationOnce(() => {
    throw new Error('EMFILE: too many open files');
  });
  expect(await signUp(PASSWORD), 'nobody is let through unchecked').toBe('INTERNAL_SERVER_ERROR');
  expect(await signUp('unbelievable')).toBe('WEAK_PASSWORD');
  expect(await signUp('unbelievable')).toBe('WEAK_PASSWORD');
  expect(await signUp(PASSWORD)).toBeNull();
  expect(createReadStream).toHaveBeenCalledTimes(2);
});
