import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { emptyDirectory } from '../kit/directory.ts';

/** What Node can run: the file itself, where Node runs TypeScript. */
export const runnable = async (input: string) => (Reflect.get(process.features, 'typescript') ? input : bundled(input));

/** The path of one JavaScript file that holds a TypeScript one and all that it imports. */
async function bundled(input: string): Promise<string> {
  const bundle = await rolldown({ input, platform: 'node' });
  const file = join(emptyDirectory(), 'bundle.mjs');
  await bundle.write({ file });
  await bundle.close();
  return file;
}
