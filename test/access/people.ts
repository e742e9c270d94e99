import { randomUUID } from 'node:crypto';
import { type Person, VIEWERS } from '../../src/access/matrix/matrix.ts';
import { parseConfig } from '../../src/config/config.ts';
import type { Session, User } from '../../src/db/generated/client.ts';
import { tokenKeys } from '../../src/tokens/keys.ts';
import { createTokens, type TokenPair } from '../../src/tokens/tokens.ts';
import { PASSWORD, SECRET, type TestApp } from '../kit/app.ts';
import { type Client, createClient } from '../kit/client.ts';
import { hashOf } from '../kit/hashing.ts';
import { relate } from './samples.ts';

/** Somebody with an account and a session, put straight into the database: a sign-in for each cell would hash for minutes. */
export async function newcomer(app: TestApp, role: User['role'] = 'USER', isRecent = true): Promise<Newcomer> {
  const name = randomUUID();
  const user = await app.db.user.create({ data: { name, email: `${name}@example.com`, role, createdAt: app.now() } });
  // Beside the account, which Prisma would else make in a transaction of five statements.
  await app.db.password.createMany({ data: { userId: user.id, hash: await HASH } });
  return signedIn(user, app, isRecent);
}

/** The same with one session more, and the rights that they have by now. */
export async function signedIn(user: User, app: TestApp, isRecent = true): Promise<Newcomer> {
  const now = app.now();
  const later = new Date(now.getTime() + 86_400_000);
  const session = await app.db.session.create({
    data: {
      userId: user.id,
      createdAt: now,
      authenticatedAt: isRecent ? now : new Date(now.getTime() - 601_000),
      lastUsedAt: now,
      idleExpiresAt: later,
      absoluteExpiresAt: later,
    },
  });
  const tokens = await createTokens(await KEYS, lifetimes).issue(session, user, now);
  const client = createClient(app.url, { authorization: `Bearer ${tokens.accessToken}` });
  return { ...client, user, session, tokens };
}

/** The owner of what a cell is about, and the one who asks. */
export async function peopleFor(who: Person, app: TestApp) {
  const owner = await newcomer(app);
  const viewer = VIEWERS[who];
  if (!viewer) return { owner, asker: app, accessToken: '' };
  const asker = who === 'owner' ? owner : await newcomer(app, viewer.role, viewer.isRecent);
  await relate(who, owner, asker, app);
  return { owner, asker, accessToken: asker.tokens.accessToken };
}

const { jwtIssuer, jwtAudience, lifetimes } = parseConfig({ NODE_ENV: 'test' });
const KEYS = tokenKeys({
  issuer: jwtIssuer,
  audience: jwtAudience,
  secrets: [SECRET],
  privateKeys: [],
  algorithm: undefined,
});
const HASH = hashOf(PASSWORD);

export interface Newcomer extends Client {
  user: User;
  session: Session;
  tokens: TokenPair;
}
