import { expect, test, vi } from 'vitest';
import { type Newcomer, newcomer } from '../access/people.ts';
import { startApp } from '../kit/app.ts';
import { statementsOf } from '../kit/statements.ts';
import { addBook } from './samples.ts';

// What the app does by itself, twice a second, is not what a request costs.
vi.useFakeTimers({ toFake: ['setInterval'] });
const app = await startApp();
const [ann, bob, cat] = [await newcomer(app), await newcomer(app), await newcomer(app)];
const mod = await newcomer(app, 'MODERATOR');

const BORROW = 'mutation ($id: ID!) { borrowBook(id: $id) { id book { title isLent } } }';
const RETURN = 'mutation ($id: ID!) { returnBook(id: $id) }';
const REVIEW = `mutation ($id: ID!, $stars: Int!) {
  createReview(input: { bookId: $id, stars: $stars, text: "Read it." }) { id }
}`;
const UNREVIEW = 'mutation ($id: ID!) { deleteReview(id: $id) }';

test('anybody sees books and their reviews, and of a user nothing but the name', async () => {
  const { id } = await addBook(ann, app);
  await bob.ask(REVIEW, { id, stars: 4 });
  const SHOWN = 'title lender { name } reviews { totalCount nodes { stars reviewer { name } } }';
  expect((await app.ask(`query ($id: ID!) { book(id: $id) { ${SHOWN} } }`, { id })).data.book).toEqual({
    title: 'Emma',
    lender: { name: ann.user.name },
    reviews: { totalCount: 1, nodes: [{ stars: 4, reviewer: { name: bob.user.name } }] },
  });
  expect(await app.codeOf('{ books { nodes { lender { email } } } }')).toBe('BAD_USER_INPUT');
});

test('where to fetch a book is told to its lender and to whoever has it, as long as they do', async () => {
  const { id } = await addBook(ann, app, { shelf: 'At the window' });
  const shelfFor = async (who: Pick<Newcomer, 'ask'>) => {
    const { data, errors } = await who.ask('query ($id: ID!) { book(id: $id) { title shelf } }', { id });
    expect(data.book.title).toBe('Emma');
    return data.book.shelf ?? errors?.[0]?.extensions.code;
  };
  expect(await shelfFor(ann)).toBe('At the window');
  for (const stranger of [bob, cat, mod]) expect(await shelfFor(stranger)).toBe('FORBIDDEN');
  expect(await shelfFor(app)).toBe('UNAUTHENTICATED');
  await bob.ask(BORROW, { id });
  expect(await shelfFor(bob)).toBe('At the window');
  expect(await shelfFor(cat)).toBe('FORBIDDEN');
  await bob.ask(RETURN, { id });
  expect(await shelfFor(bob)).toBe('FORBIDDEN');
});

test('of any number who ask for a book at once, one gets it; when it is back, the next', async () => {
  const { id } = await addBook(ann, app);
  const codes = await Promise.all([bob, cat, mod].map((who) => who.codeOf(BORROW, { id })));
  expect(codes.sort()).toEqual(['BOOK_LENT', 'BOOK_LENT', null].sort());
  expect(await ann.codeOf(RETURN, { id })).toBe(null);
  expect((await cat.ask(BORROW, { id })).data.borrowBook.book).toEqual({ title: 'Emma', isLent: true });
});

test('that a book is back is said by its lender and by whoever has it, and by nobody else', async () => {
  const { id } = await addBook(ann, app);
  const isLent = async () => (await app.ask('query ($id: ID!) { book(id: $id) { isLent } }', { id })).data.book.isLent;
  for (const teller of [ann, bob]) {
    await bob.ask(BORROW, { id });
    for (const stranger of [cat, mod]) expect(await stranger.codeOf(RETURN, { id })).toBe('FORBIDDEN');
    expect(await isLent()).toBe(true);
    expect(await teller.codeOf(RETURN, { id })).toBe(null);
    expect(await isLent()).toBe(false);
  }
});

test('a list of loans holds one’s own, and for a moderator everybody’s', async () => {
  const { id } = await addBook(ann, app);
  const loan = (await bob.ask(BORROW, { id })).data.borrowBook.id;
  const loansOf = async (who: Newcomer) => (await who.ask('{ loans { id } }')).data.loans.map((one: Id) => one.id);
  expect(await loansOf(bob)).toContain(loan);
  expect(await loansOf(mod)).toContain(loan);
  for (const other of [ann, cat]) expect(await loansOf(other)).not.toContain(loan);
});

test('a moderator deletes anybody’s review, others only their own; what viewerCan says is what happens', async () => {
  const { id } = await addBook(ann, app);
  const CAN = 'query ($id: ID!) { book(id: $id) { reviews(first: 1) { nodes { viewerCan { delete } } } } }';
  for (const [who, may] of [
    [mod, true],
    [bob, true],
    [ann, false],
    [cat, false],
  ] as const) {
    const review = (await bob.ask(REVIEW, { id, stars: 1 })).data.createReview.id;
    expect((await who.ask(CAN, { id })).data.book.reviews.nodes).toEqual([{ viewerCan: { delete: may } }]);
    expect(await who.codeOf(UNREVIEW, { id: review })).toBe(may ? null : 'FORBIDDEN');
    expect(await app.db.review.count({ where: { id: review } })).toBe(may ? 0 : 1);
    await app.db.review.deleteMany({ where: { bookId: id } });
  }
});

test('what is no number of stars is refused at its place', async () => {
  const { id } = await addBook(ann, app);
  for (const stars of [0, 6]) {
    const { errors } = await bob.ask(REVIEW, { id, stars });
    expect(errors?.[0]?.extensions).toMatchObject({ fields: { 'input.stars': 'Must be from 1 to 5.' } });
  }
  expect(await bob.codeOf(REVIEW, { id, stars: 5 })).toBe(null);
});

test('pages of books and of their reviews lead from one to the next, and a search finds titles and authors', async () => {
  for (let n = 0; n < 3; n += 1) await addBook(cat, app, { title: `Rare ${n}`, author: 'A. Nonymous' });
  const PAGE = `query ($after: String, $search: String) {
    books(first: 2, after: $after, search: $search) { totalCount nodes { title } pageInfo { endCursor hasNextPage } }
  }`;
  for (const search of ['rare', 'nonym']) {
    const first = (await app.ask(PAGE, { search })).data.books;
    const next = (await app.ask(PAGE, { search, after: first.pageInfo.endCursor })).data.books;
    expect([first.totalCount, first.pageInfo.hasNextPage, next.pageInfo.hasNextPage]).toEqual([3, true, false]);
    const titles = [...first.nodes, ...next.nodes].map(({ title }: { title: string }) => title);
    expect(titles.sort()).toEqual(['Rare 0', 'Rare 1', 'Rare 2']);
  }

  const { id } = await addBook(cat, app);
  for (const stars of [1, 2, 3]) await bob.ask(REVIEW, { id, stars });
  const REVIEWS = `query ($id: ID!, $after: String) {
    book(id: $id) { reviews(first: 2, after: $after) { nodes { id stars } pageInfo { endCursor } } }
  }`;
  const { nodes, pageInfo } = (await app.ask(REVIEWS, { id })).data.book.reviews;
  const rest = (await app.ask(REVIEWS, { id, after: pageInfo.endCursor })).data.book.reviews.nodes;
  const stars = [...nodes, ...rest].map((review: { stars: number }) => review.stars);
  expect(stars.sort()).toEqual([1, 2, 3]);
});

test('twenty books with all that is shown of them cost as much as one', async () => {
  for (let n = 0; n < 20; n += 1) {
    const { id } = await addBook(ann, app);
    await bob.ask(REVIEW, { id, stars: 3 });
    await cat.ask(BORROW, { id });
  }
  const SHOWN = 'shelf isLent lender { name } reviews(first: 2) { totalCount nodes { reviewer { name } } }';
  const page = (first: number) => () => cat.ask(`{ books(first: ${first}) { nodes { ${SHOWN} } } }`);
  expect((await page(20)()).errors).toBeUndefined();
  expect(await statementsOf(page(20))).toHaveLength((await statementsOf(page(1))).length);
});

interface Id {
  id: string;
}
