import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';

const { LATCHKEY_URL = 'http://localhost:4000', JWT_ISSUER = 'latchkey', JWT_AUDIENCE = 'latchkey' } = process.env;

/** Latchkey lets anybody keep its keys for five minutes, in which it may be away. */
const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', LATCHKEY_URL), { cacheMaxAge: 300_000 });

/** Everything that is relied on; never what the token says of itself. A session that has ended is not heard of until `exp`. */
const EXPECTED = {
  algorithms: ['EdDSA'],
  typ: 'at+jwt',
  issuer: JWT_ISSUER,
  audience: JWT_AUDIENCE,
  requiredClaims: ['sub', 'sid', 'role', 'iat', 'exp'],
};

const server = createServer(async ({ headers }, response) => {
  const answer = (status: number, body: object, more = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify(body));
  const [, token] = /^bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (!token) return answer(401, { error: 'Sign in first.' }, { 'www-authenticate': 'Bearer' });
  try {
    const { sub, role } = await claimsOf(token);
    answer(200, { userId: sub, role });
  } catch (error) {
    if (isRefused(error)) answer(401, { error: 'The token is not valid.' }, { 'www-authenticate': INVALID });
    else answer(503, { error: 'There are no keys to verify with.' }, { 'retry-after': '1' });
  }
});

async function claimsOf(token: string): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys, EXPECTED);
  // jose looks whether a claim is there, not what it is.
  if (!UUID.test(payload.sub ?? '') || !ROLES.has(payload['role']))
    throw new errors.JWTInvalid('Claims of another form.');
  return payload;
}

/** Also where it names a key that is none of Latchkey's; but not where nobody could look. */
const isRefused = (error: unknown) => error instanceof errors.JOSEError && !NO_KEYS.has(error.code);

const NO_KEYS = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const ROLES = new Set<unknown>(['USER', 'ADMIN']);
const INVALID = 'Bearer error="invalid_token"';

server.listen(Number(process.env['PORT'] ?? 4001), 'localhost', () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`);
});
