// What is in the database. Ids and texts follow from numbers, so that what a server has to answer is known without asking one.
export const USERS = 1000;
export const TASKS = 25;
export const SESSIONS = 20_000;
export const PASSWORD = 'correct horse battery staple';

/** The one admin. */
export const ADMIN = 0;

export const emailOf = (user) => `user${user}@example.com`;
export const userId = (user) => `${USER}${user.toString(16).padStart(12, '0')}`;
export const taskId = (user, place) => `${TASK}${(user * TASKS + place).toString(16).padStart(12, '0')}`;
const sessionId = (number) => `${SESSION}${number.toString(16).padStart(12, '0')}`;

export const person = (user) => ({ id: userId(user), email: emailOf(user) });
export const task = (user, place) => ({ id: taskId(user, place), title: `Task ${place}`, status: 'TODO' });

/** The session by this number, for what a token has to know of it. */
export function session(number) {
  if (number >= SESSIONS) throw new Error('No session is left that has not been refreshed: measure less at once.');
  return { id: sessionId(number), generation: 0, idleExpiresAt: new Date(Date.now() + 86_400_000) };
}

/** Fills a migrated database; everybody has the password that the hash is of. */
export async function fill(db, hash) {
  for (const statement of [
    `INSERT INTO "User"(id, email, role, "createdAt")
     SELECT ${sqlId(USER, 'n')}, 'user' || n || '@example.com', (CASE n WHEN ${ADMIN} THEN 'ADMIN' ELSE 'USER' END)::"Role",
       timestamptz '2026-01-01' + n * interval '1 minute'
     FROM generate_series(0, ${USERS - 1}) n`,
    `INSERT INTO "Password"("userId", hash) SELECT id, '${hash}' FROM "User"`,
    `INSERT INTO "Task"(id, title, "titleFolded", "createdAt", "updatedAt", "ownerId")
     SELECT ${sqlId(TASK, `n * ${TASKS} + place`)}, 'Task ' || place, 'TASK ' || place, made, made, ${sqlId(USER, 'n')}
     FROM generate_series(0, ${USERS - 1}) n, generate_series(0, ${TASKS - 1}) place,
       LATERAL (SELECT timestamptz '2026-02-01' + place * interval '1 hour' AS made) moment`,
    `INSERT INTO "Session"(id, "userId", "createdAt", "lastUsedAt", "idleExpiresAt", "absoluteExpiresAt")
     SELECT ${sqlId(SESSION, 'n')}, ${sqlId(USER, `n % ${USERS}`)}, now(), now(), now() + interval '7 days', now() + interval '30 days'
     FROM generate_series(0, ${SESSIONS - 1}) n`,
    'VACUUM ANALYZE',
  ]) {
    await db.$executeRawUnsafe(statement);
  }
}

export const USER = 'aaaaaaaa-0000-7000-8000-';
export const TASK = 'bbbbbbbb-0000-7000-8000-';
export const SESSION = 'cccccccc-0000-7000-8000-';

export const sqlId = (prefix, number) => `('${prefix}' || lpad(to_hex(${number}), 12, '0'))::uuid`;
