import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errors } from 'jose';
import { expect, test } from 'vitest';
import { verifyJwt } from '../../src/tokens/jwt.ts';

const FILE = new URL('../data/wycheproof/json_web_signature_test.json', import.meta.url);

/** Where we do not answer as the vectors say. */
const DIFFERENT: Record<number, string> = {
  346: 'the key is for PS256, the token says PS384: a key has one algorithm',
  347: 'the key is for "ES521", which does not exist: a key has one algorithm',
  350: 'as 346',
  351: 'as 347',
  367: 'called invalid, but its text is that of 357, which is valid: the padding that it is about got lost',
  370: 'as 367',
  372: 'a character that is not of base64url, which decoders skip: a token has one spelling',
  373: 'as 372',
};

test('signatures are taken and refused as Wycheproof says, but for a known few', async () => {
  const groups: Group[] = JSON.parse(readFileSync(FILE, 'utf8')).testGroups;
  const vectors = groups.flatMap((group) =>
    group.tests.map((vector) => ({ ...vector, jwk: group.public ?? group.private })),
  );
  expect(vectors).toHaveLength(401);

  const different: number[] = [];
  for (const { tcId, jws, result, jwk } of vectors) {
    const answer = (await isSigned(jws, jwk)) ? 'valid' : 'invalid';
    if (answer !== result) different.push(tcId);
  }
  expect(different).toEqual(Object.keys(DIFFERENT).map(Number));
  const textOf = (id: number) => vectors.find(({ tcId }) => tcId === id)?.jws;
  expect([textOf(367), textOf(370)]).toEqual([textOf(357), textOf(357)]);
});

/** The vectors sign texts, not claims: to be refused for its claims, a token must have been found well signed. */
async function isSigned(jws: string, jwk: Jwk) {
  const expected = { typ: 'at+jwt', issuer: 'latchkey', audience: 'latchkey', claims: [], maxAge: 1, now: new Date(0) };
  const refusal = await verifyJwt(jws, [{ kid: jwk.kid, alg: jwk.alg, ...keyOf(jwk) }], expected).catch(
    (error) => error,
  );
  return refusal instanceof errors.JWTInvalid || refusal instanceof errors.JWTClaimValidationFailed;
}

function keyOf(jwk: Jwk): { signing: KeyObject; verifying: KeyObject } {
  const key =
    jwk.kty === 'oct' ? createSecretKey(Buffer.from(jwk.k, 'base64url')) : createPublicKey({ key: jwk, format: 'jwk' });
  return { signing: key, verifying: key };
}

type Jwk = JsonWebKey & { kid: string; alg: string; k: string };

interface Group {
  public?: Jwk;
  private: Jwk;
  tests: { tcId: number; comment: string; jws: string; result: 'valid' | 'invalid' }[];
}
