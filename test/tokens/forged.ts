import { createHash, hkdfSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { SECRET } from '../kit/app.ts';
import { opened } from '../kit/opened.ts';
import { forge, hmac, hs256, signedBy, unsigned } from './forge.ts';

/** Tokens that the server must refuse, each by the name of what is wrong with it; all else about it is right. */
export function forgedTokens({
  accessToken,
  refreshToken,
  rsa,
  ed25519,
  kids,
  thief,
  link,
}: Genuine): [string, string][] {
  const { header, claims } = opened(accessToken);
  const now = Number(claims['iat']);
  const thiefsJwk = thief.publicKey.export({ format: 'jwk' });
  const withHeader = (change: object) => forge({ ...header, ...change }, claims);
  const withClaims = (change: object) => forge(header, { ...claims, ...change });
  const hostileKids = [
    '',
    '../../../../dev/null',
    '/dev/null',
    'file:///dev/null',
    `' OR '1'='1`,
    `x' UNION SELECT 'secret' --`,
    '; sleep 5',
    '$(sleep 5)',
    '{{7*7}}',
    '__proto__',
    'constructor',
    'toString',
    '0',
    'k'.repeat(2000),
    `${header['kid']}\0`,
    `${header['kid']} `,
    String(header['kid']).toUpperCase(),
    0,
    true,
    null,
    {},
    [header['kid']],
  ];
  const wrongClaims: [string, unknown[]][] = [
    ['iss', ['', 'latchkey', 'https://latchkey.test/', 'https://thief.test', 5, null, {}, ['https://latchkey.test']]],
    [
      'aud',
      ['', 'latchkey', 'tasks ', 'https://latchkey.test', 5, null, {}, [], ['other'], ['tasks', 5], { 0: 'tasks' }],
    ],
    [
      'sub',
      ['', 'ann@example.com', '1', 5, null, {}, [claims['sub']], `{${claims['sub']}}`, `urn:uuid:${claims['sub']}`],
    ],
    ['sub', [String(claims['sub']).toUpperCase(), `${claims['sub']} `, `${claims['sub']}\n`, `${claims['sub']}' --`]],
    ['sid', ['', 5, null, {}, [claims['sid']], 'sid', String(claims['sid']).toUpperCase()]],
    ['jti', ['', 5, null, {}, []]],
    ['role', ['', 'admin', 'OWNER', 'ROOT', 5, true, null, {}, ['ADMIN'], ['USER', 'ADMIN'], { ADMIN: true }]],
    ['ver', ['0', '', -1, 0.5, 2 ** 53, 1e300, null, true, [0], {}]],
    [
      'exp',
      [String(claims['exp']), '', null, true, {}, [claims['exp']], now + 0.5, 1e300, 2 ** 53, -1, 0, now, now - 1],
    ],
    ['exp', [now + 86_401, now + 10 * 365 * 86_400, 253_402_300_800]],
    ['iat', [String(now), '', null, true, {}, [now], now + 0.5, 1e300, -1, now + 6, now + 86_400, 253_402_300_800, 0]],
    ['nbf', [now + 6, now + 86_400, 'now', {}, null]],
  ];
  const [, payload, signature] = accessToken.split('.') as [string, string, string];
  const asSecret: [string, string | Buffer][] = [rsa, ed25519].flatMap(({ publicKey }) => [
    [`${publicKey.asymmetricKeyType} in PEM`, publicKey.export({ type: 'spki', format: 'pem' })],
    [
      `${publicKey.asymmetricKeyType} in PEM, trimmed`,
      publicKey.export({ type: 'spki', format: 'pem' }).toString().trim(),
    ],
    [`${publicKey.asymmetricKeyType} in DER`, publicKey.export({ type: 'spki', format: 'der' })],
    [`${publicKey.asymmetricKeyType} as JWK`, JSON.stringify(publicKey.export({ format: 'jwk' }))],
  ]);

  return [
    ...NONE.flatMap((alg): [string, string][] => [
      [`alg ${shown(alg)} without a signature`, forge({ ...header, alg }, claims, unsigned)],
      [`alg ${shown(alg)} with a signature`, withHeader({ alg })],
      [`alg ${shown(alg)} and nothing else`, forge({ alg }, claims, unsigned)],
    ]),
    ['no signature', forge(header, claims, unsigned)],
    [
      'the signature of other claims',
      `${accessToken.split('.')[0]}.${forge(header, { ...claims, role: 'ADMIN' }).split('.')[1]}.${signature}`,
    ],
    ['HS384 with the same secret', forge({ ...header, alg: 'HS384' }, claims, hmac('sha384', SECRET))],
    ['HS512 with the same secret', forge({ ...header, alg: 'HS512' }, claims, hmac('sha512', SECRET))],
    ['hs256 in small letters', withHeader({ alg: 'hs256' })],
    [
      'RS512 with the key for RS256',
      forge({ ...header, alg: 'RS512', kid: kids.rsa }, claims, signedBy(rsa.privateKey, 'sha512')),
    ],
    [
      'PS256 with the key for RS256',
      forge({ ...header, alg: 'PS256', kid: kids.rsa }, claims, signedBy(rsa.privateKey, 'sha256')),
    ],
    [
      'RS256 under the kid of another key',
      forge({ ...header, alg: 'RS256' }, claims, signedBy(rsa.privateKey, 'sha256')),
    ],
    ['HS256 under the kid of a key pair', withHeader({ kid: kids.ed25519 })],
    ...asSecret.flatMap(([name, key]): [string, string][] => [
      [`the public key ${name} as the secret`, forge(header, claims, hs256(key))],
      [
        `the public key ${name} as the secret, under its kid`,
        forge({ ...header, kid: name.startsWith('rsa') ? kids.rsa : kids.ed25519 }, claims, hs256(key)),
      ],
    ]),
    ['an empty secret', forge(header, claims, hs256(''))],
    ['the secret in base64', forge(header, claims, hs256(Buffer.from(SECRET, 'base64')))],
    ['the hash of the secret', forge(header, claims, hs256(createHash('sha256').update(SECRET).digest()))],
    ['the key for refresh tokens', forge(header, claims, hs256(refreshKey))],
    ...[undefined, 'thief', header['kid'], kids.ed25519].flatMap((kid): [string, string][] => {
      const stolen = (more: object) =>
        forge({ ...header, alg: 'EdDSA', kid, ...more }, claims, signedBy(thief.privateKey));
      return [
        [`jwk with the key itself, kid ${kid}`, stolen({ jwk: thiefsJwk })],
        [`jku with a link to the key, kid ${kid}`, stolen({ jku: link })],
        [`x5u with a link to the key, kid ${kid}`, stolen({ x5u: link })],
        [
          `x5c with the key, kid ${kid}`,
          stolen({ x5c: [thief.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }),
        ],
      ];
    }),
    ...Object.entries({
      jwk: thiefsJwk,
      jku: link,
      x5u: link,
      x5c: ['MIIB'],
      x5t: 'x',
      zip: 'DEF',
      enc: 'A256GCM',
      cty: 'JWT',
    }).map(([name, value]): [string, string] => [`${name} although we signed it`, withHeader({ [name]: value })]),
    ...hostileKids.map((kid): [string, string] => [`kid ${shown(kid)}`, withHeader({ kid })]),
    ['kid /dev/null, with what is in there as the secret', forge({ ...header, kid: '/dev/null' }, claims, hs256(''))],
    ...[['exp'], ['b64'], ['typ'], [], '', 'exp', null, [5], ['exp', 'exp'], {}].map((crit): [string, string] => [
      `crit ${shown(crit)}`,
      withHeader({ crit }),
    ]),
    ['crit b64, and b64', withHeader({ crit: ['b64'], b64: true })],
    ['crit b64, and no b64', withHeader({ crit: ['b64'], b64: false })],
    ['b64 alone', withHeader({ b64: false })],
    ...ABSENT.map((name): [string, string] => [`no ${name}`, forge(without(header, name), claims)]),
    ...TYPS.map((typ): [string, string] => [`typ ${shown(typ)}`, withHeader({ typ })]),
    ...['iss', 'aud', 'sub', 'sid', 'jti', 'role', 'ver', 'iat', 'exp'].map((name): [string, string] => [
      `no ${name}`,
      forge(header, without(claims, name)),
    ]),
    ...wrongClaims.flatMap(([name, values]) =>
      values.map((value): [string, string] => [`${name} ${shown(value)}`, withClaims({ [name]: value })]),
    ),
    ...PARTS.map(([name, part]): [string, string] => [`${name} as claims`, forge(header, part)]),
    ...PARTS.map(([name, part]): [string, string] => [`${name} as header`, forge(part, claims)]),
    ['a refresh token', refreshToken],
    ['a refresh token that says it is an access token', forge(opened(refreshToken).header, claims, hs256(refreshKey))],
    ['the claims of a refresh token', forge(header, opened(refreshToken).claims)],
    ['nothing', ''],
    ['undefined', 'undefined'],
    ['null', 'null'],
    ['one part', payload],
    ['two parts', `${payload}.${signature}`],
    ['four parts', `${accessToken}.`],
    ['five parts, as if encrypted', `${accessToken}.${payload}.${payload}`],
    ['only points', '..'],
    ['JSON serialization', JSON.stringify({ payload, protected: accessToken.split('.')[0], signature })],
    ['in quotes', `"${accessToken}"`],
    ['percent-encoded', accessToken.replaceAll('.', '%2E')],
    ['over the length limit, and otherwise right', withClaims({ more: 'x'.repeat(4096) })],
    ['as long as a header may be', withClaims({ more: 'x'.repeat(11_000) })],
  ];
}

/** The key with which this server signs refresh tokens. */
export const refreshKey = Buffer.from(hkdfSync('sha256', SECRET, '', 'latchkey refresh token', 32));

const without = (part: Record<string, unknown>, name: string) =>
  Object.fromEntries(Object.entries(part).filter(([key]) => key !== name));
const shown = (value: unknown) => JSON.stringify(value).slice(0, 60);

const NONE = ['none', 'None', 'NONE', 'nOnE', 'none ', '', null, 0, [], ['HS256'], { alg: 'HS256' }];
const ABSENT = ['typ', 'kid', 'alg'] as const;
const TYPS = ['JWT', 'jwt', 'rt+jwt', 'at', 'at+jwt+', 'application/jwt', 'at+jwt; x', '', 5, null, {}, ['at+jwt']];
const PARTS: [string, string | Buffer][] = [
  ['null', 'null'],
  ['a list', '[]'],
  ['a text', '"claims"'],
  ['a number', '5'],
  ['nothing', ''],
  ['no claims', '{}'],
  ['half of JSON', '{"sub":'],
  ['no UTF-8', Buffer.from([0xff, 0xfe, 0x7b, 0x7d])],
];

interface Genuine {
  accessToken: string;
  refreshToken: string;
  rsa: KeyPairKeyObjectResult;
  ed25519: KeyPairKeyObjectResult;
  kids: { rsa: string; ed25519: string };
  /** Who has a key pair, and has published it at the link, but not with us. */
  thief: KeyPairKeyObjectResult;
  link: string;
}
