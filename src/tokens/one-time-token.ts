import { createHash, createHmac } from 'node:crypto';

/**
 * The tokens of links in mails: 256 bits that follow from a token's id by a key, so that the database, which keeps the id and the
 * hash, holds nothing that one could be made from, and a mail can be written again until it is sent.
 */
export function createOneTimeTokens(keys: Buffer[]): OneTimeTokens {
  const make = (id: string, key: Buffer) => createHmac('sha256', key).update(id).digest('base64url');
  return {
    hashFor(id) {
      const [key] = keys;
      if (!key) throw new Error('No key to make a token with.');
      return hashOf(make(id, key));
    },
    hashOf,
    tokenOf: ({ id, hash }) => keys.map((key) => make(id, key)).find((token) => hashOf(token) === hash) ?? null,
  };
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url');

export interface OneTimeTokens {
  /** The hash to keep for a new id. */
  hashFor(id: string): string;
  /** The hash by which to look for what somebody presents. */
  hashOf(token: string): string;
  /** The token itself, for its mail; null where its key has been taken out of the configuration. */
  tokenOf(kept: { id: string; hash: string }): string | null;
}
