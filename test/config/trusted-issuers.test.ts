import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { PRODUCTION } from '../kit/production.ts';

const ISSUER = {
  issuer: 'https://hunter2.example.com/',
  audience: 'latchkey',
  jwks: 'https://hunter2.example.com/jwks',
  algorithms: ['EdDSA'],
};

function complaintOf(issuers: unknown, env: object = {}): string {
  const TRUSTED_ISSUERS = typeof issuers === 'string' ? issuers : JSON.stringify(issuers);
  try {
    parseConfig({ ...env, TRUSTED_ISSUERS });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('nobody is trusted unless they are named', () => {
  expect(parseConfig({}).trustedIssuers).toEqual([]);
});

test('several may be, by a name that need not be an address', () => {
  const others = [ISSUER, { ...ISSUER, issuer: 'hunter2', algorithms: ['ES256', 'RS256'], roleClaim: 'roles' }];
  expect(parseConfig({ ...PRODUCTION, TRUSTED_ISSUERS: JSON.stringify(others) }).trustedIssuers).toEqual(others);
});

test.each<[string, unknown]>([
  ['no JSON', 'hunter2'],
  ['no list', ISSUER],
  ['no object', ['hunter2']],
  ['no issuer', [{ ...ISSUER, issuer: undefined }]],
  ['an empty issuer', [{ ...ISSUER, issuer: '' }]],
  ['no audience', [{ ...ISSUER, audience: undefined }]],
  ['an empty audience', [{ ...ISSUER, audience: '' }]],
  ['no address of keys', [{ ...ISSUER, jwks: 'hunter2' }]],
  ['another protocol', [{ ...ISSUER, jwks: 'file:///hunter2' }]],
  ['a password in the address', [{ ...ISSUER, jwks: 'https://me:hunter2@example.com/jwks' }]],
  ['no algorithms', [{ ...ISSUER, algorithms: undefined }]],
  ['an empty list of algorithms', [{ ...ISSUER, algorithms: [] }]],
  ['an algorithm of secrets', [{ ...ISSUER, algorithms: ['EdDSA', 'HS256'] }]],
  ['no signature', [{ ...ISSUER, algorithms: ['none'] }]],
  ['what nobody knows', [{ ...ISSUER, rolesClaim: 'hunter2' }]],
  ['an issuer twice', [ISSUER, { ...ISSUER, audience: 'another' }]],
  ['our own name', [{ ...ISSUER, issuer: 'latchkey' }]],
  ['plain HTTP for keys', [{ ...ISSUER, jwks: 'http://hunter2.example.com/jwks' }]],
  ['plain HTTP for an issuer', [{ ...ISSUER, issuer: 'http://hunter2.example.com' }]],
  ['what only begins like this machine', [{ ...ISSUER, jwks: 'http://localhost.hunter2.example.com/jwks' }]],
])('%s is refused, without saying what was sent', (_what, issuers) => {
  const complaint = complaintOf(issuers);
  expect(complaint).toMatch(/^ {2}TRUSTED_ISSUERS: (must|names)/m);
  expect(complaint).not.toContain('hunter2');
});

test.each(['http://localhost:3000/jwks', 'http://127.0.0.1/jwks', 'http://[::1]:3000/jwks'])(
  '%s is for development alone',
  (jwks) => {
    const local = [{ ...ISSUER, issuer: new URL(jwks).origin, jwks }];
    expect(complaintOf(local)).toBe('');
    expect(complaintOf(local, PRODUCTION)).toContain('TRUSTED_ISSUERS: must have https addresses');
  },
);
