import { z } from 'zod';

const SOME = 'must hold issuer, audience and jwks of each as text.';
/** RFC 8725 §3.1: whoever has a public key must not be able to sign with it. */
const ALGORITHMS = ['EdDSA', 'ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const OF_KEY_PAIRS = `must hold in algorithms at least one of ${ALGORITHMS.join(', ')}.`;

const ADDRESS = 'must have in jwks the address of its keys, without user and password.';
/** They would stand in the log. */
const HAS_CREDENTIALS = /^[^/]*\/\/[^/?#]*@/;

/** A list in JSON of whose access tokens are taken besides our own. */
export const trustedIssuers = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('must be a list in JSON.');
      return z.NEVER;
    }
  })
  .pipe(
    z
      .array(
        z.strictObject(
          {
            issuer: z.string(SOME).min(1, SOME).max(255, SOME),
            audience: z.string(SOME).min(1, SOME),
            jwks: z.url({ protocol: /^https?$/, error: ADDRESS }).refine((url) => !HAS_CREDENTIALS.test(url), ADDRESS),
            algorithms: z.array(z.enum(ALGORITHMS, OF_KEY_PAIRS), OF_KEY_PAIRS).min(1, OF_KEY_PAIRS),
            roleClaim: z.string(SOME).min(1, SOME).optional(),
          },
          'must hold issuer, audience, jwks, algorithms and perhaps roleClaim of each, and nothing else.',
        ),
        'must be a list in JSON.',
      )
      .refine((all) => new Set(all.map(({ issuer }) => issuer)).size === all.length, 'names an issuer twice.'),
  );

/** Whether the keys come by a way on which nobody can exchange them. */
export const isSafeAddress = (address: string) => address.startsWith('https://');

/** The same, or from this machine. */
export const isSafeOrLocal = (address: string) =>
  isSafeAddress(address) || /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])([/:]|$)/.test(address);

export type TrustedIssuer = z.output<typeof trustedIssuers>[number];
