// Whether the time that a refused login takes tells why it was refused: the median of each kind, all kinds taking turns.
// npm run build && node bench/login-times.mjs        (TEST_DATABASE_URL=postgres://... for PostgreSQL)
import { createHashing } from '../dist/auth/hashing.js';
import { createAsker, LOGIN, quantile, startServer } from './server.mjs';

const ROUNDS = 200;
const WARM_UP = 20;
/** Accounts of each kind, so that none is tried often enough to be limited. */
const ACCOUNTS = 20;
const MALFORMED = [
  '',
  'x',
  '$2b$12$KIXQ',
  '$argon2id$v=19$m=1,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=19456',
];
const RIGHT = 'correct horse battery staple';
const KINDS = {
  'unknown user': 'wrong horse battery staple',
  'wrong password': 'wrong horse battery staple',
  'empty password': '',
  'over-long password': 'x'.repeat(1000),
  'disabled user': RIGHT,
  'malformed hash': RIGHT,
};

const server = await startServer(seed);
try {
  const times = await measure(createAsker(server.url));
  report(times);
} finally {
  await server.stop();
}

async function seed(db) {
  for (const kind of Object.keys(KINDS)) {
    for (let account = 0; account < ACCOUNTS && kind !== 'unknown user'; account++) {
      const email = emailOf(kind, account);
      const hash =
        kind === 'malformed hash'
          ? MALFORMED[account % MALFORMED.length]
          : await createHashing().inTurn({ whose: 'bench' }, (hasher) => hasher.hash(RIGHT));
      const disabled = kind === 'disabled user';
      await db.user.create({ data: { email, disabled, createdAt: new Date(), password: { create: { hash } } } });
    }
  }
}

async function measure(ask) {
  const times = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, []]));
  let tries = 0;
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const kind of shuffled(Object.keys(KINDS))) {
      const input = { email: emailOf(kind, tries % ACCOUNTS), password: KINDS[kind] };
      tries += 1;
      const address = `10.${tries >> 16}.${(tries >> 8) & 255}.${tries & 255}`;
      const { milliseconds, answer } = await ask(LOGIN, { input }, { 'x-forwarded-for': address });
      const code = answer.errors?.[0].extensions.code;
      if (code !== 'INVALID_CREDENTIALS') throw new Error(`${kind}: ${code}`);
      if (round >= 0) times[kind].push(milliseconds);
    }
  }
  return times;
}

function report(times) {
  const medians = Object.entries(times).map(([kind, values]) => [kind, quantile(values, 0.5)]);
  const middle = quantile(
    medians.map(([, median]) => median),
    0.5,
  );
  console.log(`${server.storage}, medians of ${ROUNDS} tries each:`);
  for (const [kind, median] of medians) {
    console.log(
      `${kind.padEnd(20)}${median.toFixed(2).padStart(8)} ms ${(100 * (median / middle - 1)).toFixed(1).padStart(6)} %`,
    );
  }
  const values = medians.map(([, median]) => median);
  const spread = 100 * (Math.max(...values) / Math.min(...values) - 1);
  console.log(`The slowest takes ${spread.toFixed(1)} % longer than the fastest.`);
  process.exitCode = spread > 5 ? 1 : 0;
}

function emailOf(kind, account) {
  return `${kind.replaceAll(' ', '-')}-${account}@example.com`;
}

function shuffled(items) {
  const drawn = items.map((item) => ({ item, at: Math.random() }));
  return drawn.sort((a, b) => a.at - b.at).map(({ item }) => item);
}
