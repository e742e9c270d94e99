import { type Reach, refuseClosed } from '../access/reach.ts';
import type { Transaction } from '../db/database.ts';
import { Prisma, type Role, type User } from '../db/generated/client.ts';
import { containing, type PageArgs, pageQuery } from '../db/pages.ts';
import { allColumnsOf, columnsOf, rows } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import { checked, isId, text, trimmedText } from '../input.ts';

/** The user, or null for an id that is nobody's. */
export async function findUser(db: Transaction, id: string) {
  const users = isId(id) ? await usersWhere(db, Prisma.sql`id = ${id}::uuid`) : [];
  return users[0] ?? null;
}

/** The user, or NOT_FOUND. */
export async function getUser(db: Transaction, id: string) {
  const user = await findUser(db, id);
  if (!user) throw noSuchUser();
  return user;
}

/** Those of these users that there are, by their id. */
export async function findUsers(db: Transaction, ids: string[]): Promise<Map<string, User>> {
  const users = await usersWhere(db, Prisma.sql`id = ANY(${ids}::uuid[])`);
  return new Map(users.map((user) => [user.id, user]));
}

/** Looks up many users at once; asking for one who is not among them refuses with NOT_FOUND. */
export async function getUsers(db: Transaction, ids: string[]) {
  const byId = await findUsers(db, ids);
  return (id: string) => {
    const user = byId.get(id);
    if (!user) throw noSuchUser();
    return user;
  };
}

/** A page of those users whom the viewer reaches and whose email or name holds the search text, in the order in which they signed up. */
export async function userPage(
  db: Transaction,
  reach: Reach<'User'>,
  args: PageArgs & { search?: string | null | undefined },
) {
  const { reached, between, orderBy, limit, toPage } = pageQuery(args, SIGNUP_ORDER, reach);
  const search = args.search && containing(checked(text(0, 200), args.search, 'search'));
  if (search) for (const field of ['email', 'name']) refuseClosed(reach, field);
  const matching = search ? Prisma.sql`(email ILIKE ${search} OR name ILIKE ${search})` : Prisma.sql`TRUE`;
  // Planned for this text: a plan for any text, as a named statement gets, leaves an index of trigrams unused.
  const read: typeof rows = search ? (db, statement) => db.$queryRaw(statement) : rows;
  const users = await usersWhere(db, Prisma.sql`${matching} AND ${between} ORDER BY ${orderBy} LIMIT ${limit}`, read);
  return { ...toPage(users, 'users'), totalCount: () => countUsers(db, Prisma.sql`${reached} AND ${matching}`, read) };
}

const usersWhere = (db: Transaction, condition: Prisma.Sql, read = rows) =>
  read<User>(db, Prisma.sql`SELECT ${columnsOf('User', allColumnsOf('User'))} FROM "User" WHERE ${condition}`);

async function countUsers(db: Transaction, condition: Prisma.Sql, read: typeof rows) {
  const counted = Prisma.sql`SELECT count(*)::int AS count FROM "User" WHERE ${condition}`;
  const [row] = await read<{ count: number }>(db, counted);
  return row?.count ?? 0;
}

/** Creates the account, or refuses with EMAIL_TAKEN. The email is in its normal spelling, the hash is ready. */
export async function createUser(db: Transaction, { passwordHash, ...user }: NewUser, now: Date) {
  try {
    return await db.user.create({
      data: { ...user, createdAt: now, password: { create: { hash: passwordHash } } },
    });
  } catch (error) {
    // The database decides: of any number of signups at once, one gets the email.
    if (isUniqueConflict(error)) {
      const fields = { 'input.email': 'Has an account already.' };
      throw new AppError('EMAIL_TAKEN', 'the email has an account', { cause: error, fields });
    }
    throw error;
  }
}

/** Whether the error says that there is one already of what there may be once. */
export const isUniqueConflict = (error: unknown) =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';

/** A user's name as it is stored: without space around it, and null where nothing is left. */
export const checkedName = (name: string | null | undefined) =>
  name == null ? null : checked(trimmedText(0, 100), name, 'input.name') || null;

/** The same of what somebody else says it is: null where it cannot be one. */
export const nameFrom = (said: unknown): string | null => trimmedText(1, 100).safeParse(said).data ?? null;

/** Changes what the input names and nothing else: null clears the name. Refuses with BAD_USER_INPUT. */
export async function updateUser(db: Transaction, id: string, { name }: { name?: string | null | undefined }) {
  if (name === undefined) return getUser(db, id);
  const [user] = await db.user.updateManyAndReturn({ where: { id }, data: { name: checkedName(name) } });
  if (!user) throw noSuchUser();
  return user;
}

/** Switches off and on those mails that a user may do without; what is left out stays as it is. */
export async function updateMailSettings(db: Transaction, id: string, { newNetwork, roleChanged }: MailSettings) {
  const data = {
    ...(newNetwork != null && { mailsNewNetwork: newNetwork }),
    ...(roleChanged != null && { mailsRoleChanged: roleChanged }),
  };
  const [user] = await db.user.updateManyAndReturn({ where: { id }, data });
  if (!user) throw noSuchUser();
  return user;
}

interface MailSettings {
  newNetwork?: boolean | null | undefined;
  roleChanged?: boolean | null | undefined;
}

export const noSuchUser = () => new AppError('NOT_FOUND', 'no such user');

const SIGNUP_ORDER = { field: 'createdAt', direction: 'asc', type: 'timestamptz' } as const;

interface NewUser {
  email: string;
  name: string | null;
  passwordHash: string;
  role?: Role;
  /** Where the mailbox was shown to be theirs before. */
  emailVerifiedAt?: Date;
}
