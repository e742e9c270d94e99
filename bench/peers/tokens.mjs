// What every peer makes of a token: HS256 with the one secret, in the form that Latchkey gives it.
import { createHmac, createSecretKey, hkdfSync, randomUUID, timingSafeEqual } from 'node:crypto';

/** The claims of the access token in an Authorization header; null for none that holds. */
export const viewerOf = (authorization) => claimsOf(authorization?.slice('Bearer '.length) ?? '', ACCESS);

/** The session and the generation that a refresh token names; null for one that does not hold. */
export const ticketOf = (refreshToken) => claimsOf(refreshToken, REFRESH);

/** The tokens of a session's current generation. */
export function issue({ sid, gen }, { id, role }) {
  const iat = Math.floor(Date.now() / 1000);
  return {
    accessToken: signed('at+jwt', { sub: id, sid, role, ver: 0, jti: randomUUID(), iat, exp: iat + 900 }, ACCESS),
    refreshToken: signed('rt+jwt', { sid, gen, iat, exp: iat + 604_800 }, REFRESH),
  };
}

function claimsOf(token, key) {
  const [header, payload, signature = ''] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const right = macOf(`${header}.${payload}`, key);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  return claims.exp * 1000 > Date.now() ? claims : null;
}

function signed(typ, claims, key) {
  const body = `${encoded({ alg: 'HS256', typ })}.${encoded(claims)}`;
  return `${body}.${macOf(body, key).toString('base64url')}`;
}

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const macOf = (text, key) => createHmac('sha256', key).update(text).digest();

const SECRET = process.env.JWT_SECRET;
const ACCESS = createSecretKey(Buffer.from(SECRET));
const REFRESH = createSecretKey(Buffer.from(hkdfSync('sha256', SECRET, '', 'latchkey refresh token', 32)));
