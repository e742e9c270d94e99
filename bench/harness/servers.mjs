import { fileURLToPath } from 'node:url';
import { createHashing } from '../../dist/auth/hashing.js';
import { tokenKeys } from '../../dist/tokens/keys.js';
import { createTokens } from '../../dist/tokens/tokens.js';
import { BEHIND_A_PROXY, LATCHKEY, makeStorage, newSecret, spawnServer } from '../server.mjs';
import { ADMIN, fill, PASSWORD, userId } from './data.mjs';
import { requests } from './requests.mjs';

const MINUTE = 60_000;
const peer = (name) => ({
  file: fileURLToPath(new URL(`../peers/${name}.mjs`, import.meta.url)),
  storage: 'server',
});

/** What is measured, in the order of the turns. The first that takes part is what the others are compared with. */
export const SERVERS = {
  limit: { ...peer('limit'), streams: true },
  latchkey: { file: LATCHKEY, storage: 'server', streams: true },
  mercurius: peer('mercurius'),
  yoga: { ...peer('yoga'), streams: true },
  apollo: peer('apollo'),
  embedded: { file: LATCHKEY, storage: 'embedded', streams: true },
};

/** The databases that these servers need, filled, and tokens that all of them take. */
export async function prepareServers(names, serverUrl) {
  const secret = newSecret();
  const tokens = await tokensWith(secret);
  const hash = await createHashing().inTurn({ whose: 'bench' }, (hasher) => hasher.hash(PASSWORD));
  const storages = {};
  const drop = async () => {
    for (const storage of Object.values(storages)) await storage.drop();
  };
  try {
    for (const kind of new Set(names.map((name) => SERVERS[name].storage))) {
      storages[kind] = await makeStorage(kind === 'server' ? serverUrl : undefined, (db) => fill(db, hash));
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return {
    start: (name) => {
      const { file, storage } = SERVERS[name];
      return spawnServer(file, { ...BEHIND_A_PROXY, JWT_SECRET: secret, ...storages[storage].env });
    },
    canAnswer: (name, what) => !requests[what].subscribers || SERVERS[name].streams === true,
    /** The tokens of a user in this session, good for a quarter of an hour from now. */
    tokensOf: (user, session) => {
      const rights = { role: user === ADMIN ? 'ADMIN' : 'USER', rightsVersion: 0 };
      return tokens.issue(session, { id: userId(user), ...rights }, new Date());
    },
    drop,
  };
}

export async function tokensWith(secret) {
  const parties = { issuer: 'latchkey', audience: 'latchkey' };
  const keys = await tokenKeys({ ...parties, secrets: [secret], privateKeys: [] });
  return createTokens(keys, { accessToken: 15 * MINUTE });
}
