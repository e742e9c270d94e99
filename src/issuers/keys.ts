import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { TrustedIssuer } from '../config/trusted-issuers.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';

/**
 * The keys that an issuer publishes: fetched when they are first needed, when a token names one that is not among them, and when they
 * are ten minutes old, by one request for all who wait. While the issuer is away, those that are known go on; where none are known,
 * it is SERVICE_UNAVAILABLE, for whoever has a good token must not drop it.
 */
export function publishedKeys({ issuer, jwks }: TrustedIssuer, log: Log): JWTVerifyGetKey {
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  let failing = false;
  const remote = createRemoteJWKSet(new URL(jwks), {
    // The issuer may be away when they are old.
    cacheMaxAge: Infinity,
    cooldownDuration: COOL_DOWN,
    timeoutDuration: PATIENCE,
    async [customFetch](url, options) {
      // Who is away is not asked again by each request.
      if (Date.now() < failedAt + COOL_DOWN_OF_FAILURE) throw new Error('The issuer was away a moment ago.');
      try {
        const keySet = await fetchKeySet(url, options);
        fetchedAt = Date.now();
        if (failing) log.info({ issuer }, 'the keys of an issuer can be fetched again');
        failing = false;
        return Response.json(keySet);
      } catch (error) {
        failedAt = Date.now();
        if (!failing) log.warn({ err: error, issuer }, 'the keys of an issuer cannot be fetched');
        failing = true;
        throw error;
      }
    },
  });

  return async (header, token) => {
    const areKnown = remote.jwks() !== undefined;
    const isOld = Date.now() > fetchedAt + OLD;
    if (areKnown && isOld) remote.reload().catch(() => {});
    if (!areKnown) {
      await remote.reload().catch((cause) => {
        throw new AppError('SERVICE_UNAVAILABLE', `the keys of ${issuer} cannot be fetched`, { cause });
      });
    }
    return remote(header, token);
  };
}

/** Follows no redirect, as jose asks for, and reads no more than a key set can have. */
async function fetchKeySet(url: string, options: RequestInit): Promise<JSONWebKeySet> {
  const response = await fetch(url, options);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_SIZE) throw new Error(`More than ${MAX_SIZE} bytes.`);
    chunks.push(chunk);
  }
  if (response.status !== 200) throw new Error(`Status ${response.status}.`);
  const keySet = JSON.parse(Buffer.concat(chunks).toString());
  // Throws where it is none.
  createLocalJWKSet(keySet);
  return keySet;
}

/** Milliseconds. */
const PATIENCE = 4000;
const COOL_DOWN = 30_000;
const COOL_DOWN_OF_FAILURE = 5000;
const OLD = 600_000;
/** Bytes. */
const MAX_SIZE = 500_000;
