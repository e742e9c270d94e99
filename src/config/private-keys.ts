import { createPrivateKey, type KeyObject } from 'node:crypto';

/** The private keys in PEM that the text holds, one after the other; null where there is none, or one that cannot be used. */
export function privateKeys(text: string): PrivateKey[] | null {
  const keys = (text.match(PEM) ?? []).map(privateKey);
  const usable = keys.filter((key) => key !== null);
  return keys.length > 0 && usable.length === keys.length ? usable : null;
}

function privateKey(pem: string): PrivateKey | null {
  try {
    // In one line of an environment file, line ends are written \n.
    const key = createPrivateKey(pem.replaceAll('\\n', '\n'));
    const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === 'ed25519') return { alg: 'EdDSA', key };
    if (namedCurve === 'prime256v1') return { alg: 'ES256', key };
    return key.asymmetricKeyType === 'rsa' && modulusLength >= 2048 ? { alg: 'RS256', key } : null;
  } catch {
    return null;
  }
}

const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----/gs;

/** The key decides the algorithm, and never signs by another. */
export interface PrivateKey {
  alg: 'EdDSA' | 'ES256' | 'RS256';
  key: KeyObject;
}
