import type { JWTPayload } from 'jose';
import type { User } from '../db/generated/client.ts';

/**
 * Claims of your own for every access token: the one place to add them. Whoever holds the token can read them, so nothing
 * secret, and they stay as they are until it is refreshed. None can take the place of ours. For example, for another service:
 *
 *     export const customClaims = (user: User): JWTPayload => ({ 'https://example.com/name': user.name });
 */
export const customClaims = (_user: User): JWTPayload => ({});
