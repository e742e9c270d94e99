import { expect, test } from 'vitest';
import { type Answer, startApp } from '../kit/app.ts';

const { as, db } = await startApp();

test('a walk either way meets every user once and in order', async () => {
  const root = await as('root', 'ADMIN');
  for (let n = 0; n < 30; n++)
    await db.user.create({ data: { email: `u${n}@example.com`, createdAt: new Date(n % 4) } });
  const all = (await root.ask('{ users(first: 100) { nodes { id } } }')).data.users.nodes;
  for (const [size, cursor, end, more] of [
    ['first', 'after', 'endCursor', 'hasNextPage'],
    ['last', 'before', 'startCursor', 'hasPreviousPage'],
  ] as const) {
    const seen: unknown[] = [];
    let at: string | null = null;
    for (let goOn = true; goOn; ) {
      const query = `query ($at: String) { users(${size}: 7, ${cursor}: $at) { nodes { id } pageInfo { ${end} ${more} } } }`;
      const answer: Answer = await root.ask(query, { at });
      const { nodes, pageInfo } = answer.data.users;
      if (size === 'first') seen.push(...nodes);
      else seen.unshift(...nodes);
      at = pageInfo[end];
      goOn = pageInfo[more];
    }
    expect(seen).toEqual(all);
  }
  expect(all).toHaveLength(31);
});
