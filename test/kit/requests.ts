import { decodeJwt } from 'jose';
import { LOGIN, PASSWORD, type TestApp } from './app.ts';
import { type Client, createClient } from './client.ts';

export const REFRESH = `mutation ($token: String!) {
  refresh(input: { refreshToken: $token }) { accessToken refreshToken tokenType expiresIn user { id role } }
}`;
export const LOGOUT = 'mutation ($token: String!) { logout(input: { refreshToken: $token }) }';
export const ME = '{ me { id role } }';
export const SESSIONS = '{ sessions { id createdAt lastUsedAt expiresAt userAgent ipAddress current } }';

/** One more session of somebody who has signed up, in its own device's hands. */
export async function signIn(url: string, client: Client, email: string, headers = {}): Promise<Device> {
  const { data } = await client.ask(LOGIN, { input: { email, password: PASSWORD } }, headers);
  return deviceOf(url, data.login);
}

/** Somebody's device with the tokens that a sign-in or a refresh brought. */
export function deviceOf(url: string, { accessToken, refreshToken }: Tokens): Device {
  const sessionId = decodeJwt<{ sid: string }>(refreshToken).sid;
  return { ...createClient(url, { authorization: `Bearer ${accessToken}` }), accessToken, refreshToken, sessionId };
}

/** The generation of the session that a refresh token names. */
export const generationOf = (refreshToken: string) => decodeJwt<{ gen: number }>(refreshToken).gen;

/** The tokens of the next generation, or the code of the refusal. */
export async function refreshed({ ask }: Pick<Client, 'ask'>, token: string): Promise<Tokens | string> {
  const { data, errors } = await ask(REFRESH, { token });
  return data?.refresh ?? errors?.[0]?.extensions.code;
}

/** Says the same to two replicas: what one does, the other must know after it has read. */
export const bearing = ({ url }: Pick<TestApp, 'url'>, accessToken: string) =>
  createClient(url, { authorization: `Bearer ${accessToken}` });

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

export interface Device extends Client, Tokens {
  sessionId: string;
}
