import type { Transaction } from '../db/database.ts';

/** So many books of the lender's, for development. */
export async function seedBooks(tx: Transaction, lenderId: string, amount: number, now: Date): Promise<void> {
  const books = Array.from({ length: amount }, (_, n) => ({
    ...(BOOKS[n % BOOKS.length] ?? BOOKS[0]),
    shelf: `Shelf ${n + 1}`,
    createdAt: new Date(now.getTime() - n * 3_600_000),
    lenderId,
  }));
  await tx.book.createMany({ data: books });
}

const BOOKS = [
  { title: 'Emma', author: 'Jane Austen' },
  { title: 'Middlemarch', author: 'George Eliot' },
  { title: 'The Time Machine', author: 'H. G. Wells' },
  { title: 'Walden', author: 'Henry David Thoreau' },
] as const;
