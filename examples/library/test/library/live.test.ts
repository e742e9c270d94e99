import { expect, test } from 'vitest';
import { newcomer } from '../access/people.ts';
import { startApp } from '../kit/app.ts';
import { openStream } from '../kit/stream.ts';
import { addBook } from './samples.ts';

const app = await startApp();
const WATCH = 'subscription { loanChanged { kind loan { book { title } } } }';
const BORROW = 'mutation ($id: ID!) { borrowBook(id: $id) { id } }';
const RETURN = 'mutation ($id: ID!) { returnBook(id: $id) }';

test('a borrower hears of their loans, whoever ends them, and nobody hears of another’s', async () => {
  const [ann, bob, mod] = [await newcomer(app), await newcomer(app), await newcomer(app, 'MODERATOR')];
  const [emma, walden] = [await addBook(ann, app), await addBook(ann, app, { title: 'Walden' })];
  const [hers, others] = [
    await openStream(app.url, WATCH, bob.tokens.accessToken),
    await openStream(app.url, WATCH, mod.tokens.accessToken),
  ];
  const created = (title: string) => ({ data: { loanChanged: { kind: 'CREATED', loan: { book: { title } } } } });

  await bob.ask(BORROW, { id: emma.id });
  expect(await hers.next()).toEqual(created('Emma'));
  await ann.ask(RETURN, { id: emma.id });
  expect(await hers.next()).toEqual({ data: { loanChanged: { kind: 'DELETED', loan: null } } });
  await mod.ask(BORROW, { id: walden.id });
  expect(await others.next()).toEqual(created('Walden'));
  for (const stream of [hers, others]) stream.close();
});

test('nobody who is not signed in is given a stream', async () => {
  expect(await app.codeOf(WATCH, {}, { accept: 'application/json' })).toBe('UNAUTHENTICATED');
});
