import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterFile } from '../kit/cleanup.ts';

/** Somebody else's server that signs access tokens and publishes its keys, in each manner that there is. */
export async function startIssuer(issuer = 'https://issuer.example.com'): Promise<Issuer> {
  const keys: Key[] = [];
  const manner: Manner = { asked: 0 };
  const server = createServer(async (_request, response) => {
    manner.asked++;
    await manner.holdUp;
    const { status = 200 } = manner;
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(status === 302 && { location: '/elsewhere' }),
    });
    response.end(manner.text ?? JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  afterFile(() => {
    server.closeAllConnections();
    server.close();
  });

  async function rotate() {
    const kid = randomUUID();
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
    keys.splice(0, keys.length, { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' } });
  }
  await rotate();

  return {
    manner,
    rotate,
    keys,
    trusted: {
      issuer,
      audience: 'latchkey-api',
      jwks: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
      algorithms: ['EdDSA'],
    },
    sign(claims, { now, header = {}, key = keys[0] }) {
      const seconds = Math.floor(now.getTime() / 1000);
      if (!key) throw new Error('No key.');
      const all = { iss: issuer, aud: 'latchkey-api', iat: seconds, exp: seconds + 3600, ...claims };
      // What is undefined is left out.
      return new SignJWT(JSON.parse(JSON.stringify(all)))
        .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, ...header })
        .sign(key.privateKey);
    },
  };
}

interface Key {
  kid: string;
  privateKey: CryptoKey;
  jwk: JWK;
}

interface Manner {
  /** How often its keys were asked for. */
  asked: number;
  status?: number | undefined;
  text?: string | undefined;
  holdUp?: Promise<unknown> | undefined;
}

export interface Issuer {
  manner: Manner;
  keys: Key[];
  /** An entry of TRUSTED_ISSUERS. */
  trusted: Record<string, unknown>;
  /** Another key in place of the one there is. */
  rotate(): Promise<void>;
  sign(claims: object, options: { now: Date; header?: object; key?: Key | undefined }): Promise<string>;
}
