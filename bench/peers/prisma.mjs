// What the peers on Prisma share: the client that Latchkey's schema generates, and signing in.
import { PrismaPg } from '@prisma/adapter-pg';
import argon2 from 'argon2';
import { PrismaClient } from '../../dist/db/generated/client.js';
import { issue, ticketOf } from './tokens.mjs';

export const db = new PrismaClient({
  adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL, max: 10 }),
});

/** Oldest first. */
export const ORDER = [{ createdAt: 'asc' }, { id: 'asc' }];

export const createTask = (ownerId, { title }) => {
  const now = new Date();
  return db.task.create({ data: { ...titled(title), createdAt: now, updatedAt: now, ownerId } });
};

export const updateTask = (ownerId, id, { title }) =>
  db.task.update({ where: { id, ownerId }, data: { ...titled(title), updatedAt: new Date() } });

export async function login({ email, password }) {
  const user = await db.user.findUnique({ where: { email, disabled: false }, include: { password: true } });
  if (!user?.password || !(await argon2.verify(user.password.hash, password))) throw new Error('Not signed in.');
  const now = new Date();
  const { id, generation } = await db.session.create({
    data: {
      userId: user.id,
      createdAt: now,
      lastUsedAt: now,
      idleExpiresAt: daysAfter(now, 7),
      absoluteExpiresAt: daysAfter(now, 30),
    },
  });
  return issue({ sid: id, gen: generation }, user);
}

export async function refresh({ refreshToken }) {
  const { sid, gen } = ticketOf(refreshToken);
  const now = new Date();
  const { generation, user } = await db.session.update({
    where: { id: sid, generation: gen, endedAt: null, user: { disabled: false } },
    data: { generation: { increment: 1 }, lastUsedAt: now, idleExpiresAt: daysAfter(now, 7) },
    include: { user: true },
  });
  return issue({ sid, gen: generation }, user);
}

const titled = (title) => ({ title, titleFolded: title.toUpperCase() });
const daysAfter = (date, days) => new Date(date.getTime() + days * 86_400_000);
