import { createHmac, type KeyObject, sign } from 'node:crypto';
import { SECRET } from '../kit/app.ts';

/** A token of any header and any payload, however wrong, made without the library that the server verifies with. */
export function forge(header: unknown, payload: unknown, signature: Signature = hs256(SECRET)): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${signature(input).toString('base64url')}`;
}

/** Text and bytes as they are, all else as JSON. */
const encoded = (part: unknown) =>
  Buffer.from(typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part)).toString('base64url');

export const hmac = (hash: string, key: string | Buffer) => (input: string) =>
  createHmac(hash, key).update(input).digest();
export const hs256 = (key: string | Buffer) => hmac('sha256', key);
export const signedBy =
  (key: KeyObject, hash: string | null = null, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Signature =>
  (input) =>
    sign(hash, Buffer.from(input), { key, dsaEncoding });
export const unsigned: Signature = () => Buffer.alloc(0);

type Signature = (input: string) => Buffer;
