import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { changesBetween, matrixIn, unnamedLoosenings } from './access/matrix/changes.ts';
import { accessMatrix, matrixPage } from './access/matrix/matrix.ts';
import { rules } from './access/rules.ts';
import { type Agree, administer, adminList, isAdminAction } from './admin/command.ts';
import type { Config } from './config/config.ts';
import { type Database, openDatabase } from './db/database.ts';
import { migrate, resolveMigration } from './db/migrations/migrate.ts';
import { createMigration } from './db/migrations/write.ts';
import { createLog, readable } from './log.ts';
import { REFERENCE, withReference } from './reference.ts';
import { printSdl, schema } from './schema.ts';
import { PEOPLE, seed } from './seed.ts';
import { logEvent } from './telemetry/events.ts';
import { newKeys } from './tokens/new-keys.ts';

/**
 * What `npm run` offers besides the server. Throws the usage for words that make no command. `ask` is null where nobody is there
 * to answer.
 */
export async function runCommand(
  name: string,
  args: string[],
  readConfig: () => Config,
  now: Date,
  ask: Ask | null,
): Promise<void> {
  const [first, second, third] = args;
  if (name === 'keys') return console.log(newKeys(first));
  if (name === 'schema') return writeFileSync('schema.graphql', `${printSdl()}\n`);
  if (name === 'reference') return writeReference();
  if (name === 'access' && !first) return writeFileSync(ACCESS, matrixPage(await accessMatrix(schema, rules)));
  if (name === 'access' && first === '--against' && second) return reviewAccess(second);
  if (name === 'migration' && first) return writeMigration(first, now);
  if (name === 'migrate' && !first) return withDatabase(readConfig(), applyMigrations);
  if (name === 'migrate' && second && (first === 'rolled-back' || first === 'applied')) {
    return withDatabase(readConfig(), async (database) => {
      await resolveMigration(database, second, first);
      await applyMigrations(database);
    });
  }
  if (name === 'admin' && first === 'list' && !second) return withDatabase(readConfig(), listAdmins);
  if (name === 'admin' && isAdminAction(first) && second && (!third || third === '--yes')) {
    const config = readConfig();
    await withDatabase(config, async (database) => {
      await migrate(database);
      console.log(await administer(database.db, first, second, agreeing(third === '--yes', ask), now));
    });
    const log = createLog(config.logLevel, config.production ? undefined : await readable());
    return logEvent(log, 'ADMIN_COMMAND', { command: first, email: second });
  }
  if (name === 'seed' && !first) {
    return withDatabase(inDevelopment(readConfig()), (database) => seedExamples(database, now));
  }
  throw new Error(USAGE);
}

function writeReference() {
  for (const [path, made] of Object.entries(REFERENCE)) {
    writeFileSync(path, withReference(readFileSync(path, 'utf8'), made));
  }
}

/** Fails on what is more open than it was and is not named in the changelog: nobody opens a place unseen. */
async function reviewAccess(revision: string) {
  const before = matrixIn(committed(ACCESS, revision));
  const changes = changesBetween(before, await accessMatrix(schema, rules), schema);
  if (changes.length === 0) console.log(`Since ${revision}, nobody gains or loses.`);
  for (const { says } of changes) console.log(says);
  const unnamed = unnamedLoosenings(changes, existsSync(CHANGELOG) ? readFileSync(CHANGELOG, 'utf8') : '');
  if (unnamed.length === 0) return;
  const places = unnamed.map((place) => `\`${place}\``).join(', ');
  throw new Error(
    `More people are let in than ${CHANGELOG} says. Name in its topmost section, in backticks: ${places}.`,
  );
}

/** A file of this directory as it is committed. Git would take a revision that begins with "-" for an option. */
function committed(path: string, revision: string) {
  if (revision.startsWith('-')) throw new Error(`${revision} is no revision of git.`);
  try {
    return execFileSync('git', ['show', `${revision}:./${path}`], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`git does not show ${path} at ${revision}: ${stderr || message}`.trim());
  }
}

async function writeMigration(name: string, now: Date) {
  const written = await createMigration(name, now);
  if (!written) return console.log('prisma/schema.prisma and the migrations agree: nothing to write.');
  console.log(`Wrote ${written.file}.`);
  for (const warning of written.warnings) console.warn(`Warning: ${warning}`);
}

async function applyMigrations(database: Database) {
  const applied = await migrate(database);
  for (const name of applied) console.log(`Applied ${name}.`);
  console.log('The database is up to date.');
}

async function listAdmins(database: Database) {
  await migrate(database);
  const admins = await adminList(database.db);
  console.log(admins.join('\n') || 'There is no admin.');
}

/** Says who was found, and asks whoever is there. */
function agreeing(yes: boolean, ask: Ask | null): Agree {
  return async (who, question) => {
    console.log(who);
    if (yes) return true;
    if (!ask) throw new Error('There is no terminal to ask at, and nothing was changed: add --yes to do it unasked.');
    return ask(`${question} (y/N) `);
  };
}

async function seedExamples(database: Database, now: Date) {
  await migrate(database);
  const password = randomBytes(12).toString('base64url');
  const done = await seed(database.db, password, now);
  if (done === 'renewed')
    console.log('The examples were there. Their sessions have ended, and this is their new password:');
  for (const { email, role } of PEOPLE) console.log(`${email}  ${password}${role === 'ADMIN' ? '  (admin)' : ''}`);
}

function inDevelopment(config: Config) {
  if (config.production) throw new Error('There are no examples in production: this is for development.');
  return config;
}

async function withDatabase(config: Config, work: (database: Database) => Promise<void>) {
  const database = await openDatabase(config.storage);
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

const ACCESS = 'docs/access.md';
const CHANGELOG = 'CHANGELOG.md';

const USAGE = `Usage: npm start                                    serve
       npm run migrate                              apply pending migrations
       npm run migrate -- rolled-back|applied NAME  settle a migration that failed, then apply what is pending
       npm run migration -- NAME                    write a migration from prisma/schema.prisma
       npm run admin -- list                        list the admins
       npm run admin -- grant|revoke EMAIL          make somebody an admin, or one no more; --yes: do not ask
       npm run admin -- disable|enable EMAIL        end somebody's sessions and let them sign in no more, or again
       npm run admin -- delete EMAIL                delete somebody's account with all that is theirs
       npm run seed                                 make an admin and two users with examples, for development; again: a new password
       npm run keys [-- ALGORITHM]                  make a secret, or a key pair for EdDSA, ES256 or RS256
       npm run schema                               write schema.graphql
       npm run reference                            write what the code says into docs/errors.md and docs/configuration.md
       npm run access                               write docs/access.md
       npm run access -- --against REVISION         who gains, who loses; fails on a gain that CHANGELOG.md does not name`;

/** Whether whoever sits at the terminal says yes. */
export type Ask = (question: string) => Promise<boolean>;
