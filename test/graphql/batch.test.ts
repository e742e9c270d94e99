import type { GraphQLResolveInfo } from 'graphql';
import { expect, test, vi } from 'vitest';
import type { Context } from '../../src/context.ts';
import { batched, batchedLookUp } from '../../src/graphql/batch.ts';

const aRequest = () => ({}) as Context;

/** A look-up such as a rule makes: which of these notes somebody has been given this right to. */
const grants = new Set(['1 read', '2 read', '2 edit']);
const load = vi.fn(
  async (ids: string[], right: string) => (id: string) => ids.includes(id) && grants.has(`${id} ${right}`),
);

test('two rules that look up different things are each told their own, in one request', async () => {
  const hasGrant = batchedLookUp(load);
  const request = aRequest();
  const ask = (id: string, right: string) => hasGrant(id, right, request);
  expect(await Promise.all([ask('1', 'read'), ask('1', 'edit'), ask('2', 'edit'), ask('2', 'read')])).toEqual([
    true,
    false,
    true,
    true,
  ]);
  expect(load.mock.calls.map(([ids, right]) => [right, ids])).toEqual([
    ['read', ['1', '2']],
    ['edit', ['1', '2']],
  ]);
});

test('who has become somebody else in the same document is looked up as who they are by then', async () => {
  const isShared = batchedLookUp(async (_ids: string[], userId: string) => () => userId === 'ann');
  const request = aRequest();
  expect(await isShared('1', 'bob', request)).toBe(false);
  expect(await isShared('1', 'ann', request)).toBe(true);
  expect(await isShared('1', 'bob', request)).toBe(false);
});

test('another request is another look-up', async () => {
  const found: string[][] = [];
  const name = batchedLookUp(async (ids: string[], _question: string) => {
    found.push(ids);
    return (id: string) => id;
  });
  const [one, other] = [aRequest(), aRequest()];
  await Promise.all([name('1', 'name', one), name('2', 'name', other), name('3', 'name', one)]);
  expect(found.toSorted()).toEqual([['1', '3'], ['2']]);
});

test('the objects of one place are loaded at once, those of another place by themselves', async () => {
  const pages: [string[], number][] = [];
  const page = batched(async (ids: string[], { first }: { first: number }) => {
    pages.push([ids, first]);
    return (id: string) => `${first} of ${id}`;
  });
  const request = aRequest();
  const [here, there] = [{ fieldNodes: [] }, { fieldNodes: [] }] as unknown as [GraphQLResolveInfo, GraphQLResolveInfo];
  const answers = await Promise.all([
    page('a', { first: 1 }, request, here),
    page('b', { first: 1 }, request, here),
    page('a', { first: 2 }, request, there),
  ]);
  expect(answers).toEqual(['1 of a', '1 of b', '2 of a']);
  expect(pages).toEqual([
    [['a', 'b'], 1],
    [['a'], 2],
  ]);
});

test('a key that is refused takes no other with it', async () => {
  const name = batchedLookUp(async (_ids: string[], _question: string) => (id: string) => {
    if (id === 'gone') throw new Error(id);
    return id;
  });
  const request = aRequest();
  const answers = await Promise.allSettled([name('1', 'name', request), name('gone', 'name', request)]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});

test('a rule cannot be asked with an object, which would never be the same as another', () => {
  // @ts-expect-error A question is a text or a number.
  const isOf = batchedLookUp(async (_ids: string[], _question: { of: string }) => (id: string) => id);
  expect(isOf).toBeTypeOf('function');
});
