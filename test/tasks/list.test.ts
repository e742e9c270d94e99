import { beforeAll, describe, expect, test } from 'vitest';
import { type Person, startApp } from '../kit/app.ts';
import { seedTasks } from './kit.ts';

const { as, db } = await startApp();
const ann = await as('ann');
const bob = await as('bob');
const root = await as('root', 'ADMIN');

const TASKS = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter, $orderBy: TaskOrder) {
  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount nodes { title } edges { cursor node { title } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const list = async (args: object, who = ann) => (await who.ask(TASKS, args)).data.tasks;
const titles = async (args: object, who = ann): Promise<string[]> =>
  (await list({ first: 100, ...args }, who)).nodes.map((node: { title: string }) => node.title);
const complaint = async (args: object, who = ann) => {
  const { status, errors } = await who.ask(TASKS, args);
  expect(status).toBe(200);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  return errors?.[0]?.extensions.fields;
};

describe('pages', () => {
  let carol: Person;
  beforeAll(async () => {
    carol = await as('carol');
    await seedTasks(
      db,
      carol.id,
      Array.from({ length: 130 }, (_, n) => ({ title: `${n}`, createdAt: new Date(n) })),
    );
  });
  const from = (start: number, end: number) => Array.from({ length: end - start }, (_, n) => `${start + n}`);
  const page = async (args: object) => {
    const { nodes, edges, pageInfo, totalCount } = await list(args, carol);
    expect(edges.map((edge: { node: object }) => edge.node)).toEqual(nodes);
    expect(totalCount).toBe(130);
    expect(pageInfo).toMatchObject({ startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null });
    return [nodes.map((node: { title: string }) => node.title), pageInfo.hasPreviousPage, pageInfo.hasNextPage];
  };
  const cursorOf = async (n: number) => (await list({ first: 100 }, carol)).edges[n].cursor;

  test('hold 20 unless asked otherwise, from the start or from the end', async () => {
    expect(await page({})).toEqual([from(0, 20), false, true]);
    expect(await page({ first: null, last: null, after: null, before: null })).toEqual([from(0, 20), false, true]);
    expect(await page({ first: 3 })).toEqual([from(0, 3), false, true]);
    expect(await page({ last: 3 })).toEqual([from(127, 130), true, false]);
    expect(await page({ first: 0 })).toEqual([[], false, true]);
    expect(await page({ last: 0 })).toEqual([[], true, false]);
  });

  test('go on after and stop before a cursor', async () => {
    expect(await page({ first: 2, after: await cursorOf(10) })).toEqual([from(11, 13), true, true]);
    expect(await page({ last: 2, before: await cursorOf(10) })).toEqual([from(8, 10), true, true]);
    expect(await page({ first: 100, after: await cursorOf(95) })).toEqual([from(96, 130), true, false]);
    expect(await page({ last: 100, before: await cursorOf(5) })).toEqual([from(0, 5), false, true]);
    expect(await page({ first: 9, after: await cursorOf(10), before: await cursorOf(13) })).toEqual([
      from(11, 13),
      true,
      false,
    ]);
    expect(await page({ last: 1, after: await cursorOf(10), before: await cursorOf(13) })).toEqual([
      from(12, 13),
      true,
      true,
    ]);
    expect(await page({ first: 9, after: await cursorOf(13), before: await cursorOf(10) })).toEqual([[], true, false]);
  });

  test('of 100 are the largest, of negative size there are none, and there is one end at a time', async () => {
    expect((await page({ first: 100 }))[0]).toEqual(from(0, 100));
    expect((await page({ last: 100 }))[0]).toEqual(from(30, 130));
    expect(await complaint({ first: 101 })).toEqual({ first: 'Must be from 0 to 100.' });
    expect(await complaint({ last: 101 })).toEqual({ last: 'Must be from 0 to 100.' });
    expect(await complaint({ first: -1 })).toEqual({ first: 'Must be from 0 to 100.' });
    expect(await complaint({ last: -1 })).toEqual({ last: 'Must be from 0 to 100.' });
    expect(await complaint({ first: 1, last: 1 })).toEqual({ last: 'Give either first or last.' });
    for (const size of [2 ** 31, 1e308, 1.5, '1', true, [1, 2]]) {
      expect(Object.keys((await complaint({ first: size })) ?? {}), `${size}`).toEqual(['first']);
    }
  });

  test('begin only at cursors of the same list in the same order, and say no more about others', async () => {
    await seedTasks(db, ann.id, [{ title: 'cursor' }]);
    const [{ cursor: hers }] = (await list({})).edges;
    const users = await root.ask('{ users { edges { cursor } } }');
    const forged = (...position: unknown[]) => Buffer.from(JSON.stringify(position)).toString('base64url');
    const at = `tasks ${carol.id}`;
    const bad = [
      '',
      ' ',
      'x',
      '{}',
      'null',
      '\0',
      '\uD800',
      '0',
      btoa('[]'),
      btoa('[1,2,3,4]'),
      hers,
      users.data.users.edges[0].cursor,
      forged(at, 'title', 'a', ann.id),
      forged(at, 'id', ann.id, ann.id),
      forged(at, 'createdAt', null, ann.id),
      forged(at, 'createdAt', 'yesterday', ann.id),
      forged(at, 'createdAt', '-271821-04-20T00:00:00.000Z', ann.id),
      forged(at, 'createdAt', '+275760-09-13T00:00:00.000Z', ann.id),
      forged(at, 'createdAt', '2026-01-01T00:00:00+99:99', ann.id),
      forged(at, 'createdAt', '2026-01-01T00:00:00+23:59', ann.id),
      forged(at, 'createdAt', '2026-01-01T00:00:00.123456789012Z', ann.id),
      forged(at, 'createdAt', '2026-01-01T00:00:00Z', ann.id),
      forged(at, 'createdAt', 5, ann.id),
      forged(at, 'createdAt', new Date(), 'x'),
      forged(at, 'createdAt', new Date(), "' OR 1=1 --"),
      forged(at, 'createdAt', new Date()),
      forged(at, 'createdAt', new Date(), ann.id, 1),
      forged([at], 'createdAt', new Date(), ann.id),
      'A'.repeat(50_000),
    ];
    for (const cursor of bad) {
      expect(await complaint({ after: cursor }, carol), cursor).toEqual({
        after: 'Not a cursor of this list in this order.',
      });
      expect(await complaint({ last: 1, before: cursor }, carol), cursor).toEqual({
        before: 'Not a cursor of this list in this order.',
      });
    }
    const text = { orderBy: { field: 'TITLE' } };
    for (const cursor of [
      forged(at, 'titleFolded', 'a\0', ann.id),
      forged(at, 'titleFolded', '\uD800', ann.id),
      forged(at, 'titleFolded', null, ann.id),
    ]) {
      expect(await complaint({ ...text, after: cursor }, carol), cursor).toEqual({
        after: 'Not a cursor of this list in this order.',
      });
    }
    expect(await complaint({ ...text, after: await cursorOf(1) }, carol)).toEqual({
      after: 'Not a cursor of this list in this order.',
    });
  });

  test('of User.tasks are the same, for the user and for admins', async () => {
    const query = `query ($id: ID!, $first: Int, $after: String) {
      user(id: $id) { tasks(first: $first, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { title } pageInfo { endCursor } totalCount } }
    }`;
    for (const who of [carol, root]) {
      const { tasks } = (await who.ask(query, { id: carol.id, first: 2 })).data.user;
      expect(tasks).toMatchObject({ totalCount: 130, nodes: [{ title: '129' }, { title: '128' }] });
      const next = (await who.ask(query, { id: carol.id, first: 1, after: tasks.pageInfo.endCursor })).data.user;
      expect(next.tasks.nodes).toEqual([{ title: '127' }]);
      expect(await who.codeOf(query, { id: who.id === root.id ? bob.id : carol.id, after: 'x' })).toBe(
        'BAD_USER_INPUT',
      );
    }
    const { endCursor } = (await root.ask(query, { id: carol.id, first: 2 })).data.user.tasks.pageInfo;
    expect(await root.codeOf(query, { id: bob.id, after: endCursor })).toBe('BAD_USER_INPUT');
  });
});

describe('filters and orders', () => {
  beforeAll(async () => {
    const due = (day: number) => new Date(Date.UTC(2030, 0, day));
    await seedTasks(db, bob.id, [
      { title: 'banana', status: 'TODO', dueAt: due(3), createdAt: due(1), updatedAt: due(9) },
      { title: 'Apple', status: 'DONE', dueAt: null, createdAt: due(2), updatedAt: due(8) },
      { title: '100% \\o/', status: 'IN_PROGRESS', dueAt: due(1), createdAt: due(3), updatedAt: due(7) },
      { title: 'cherry_pie', status: 'TODO', dueAt: due(2), createdAt: due(4), updatedAt: due(6) },
      { title: 'Straße ÉTÉ ΟΔΟΣ', status: 'DONE', dueAt: null, createdAt: due(5), updatedAt: due(5) },
    ]);
  });
  const [banana, apple, percent, cherry, street] = ['banana', 'Apple', '100% \\o/', 'cherry_pie', 'Straße ÉTÉ ΟΔΟΣ'];

  test.each([
    ['CREATED_AT', [banana, apple, percent, cherry, street]],
    ['UPDATED_AT', [street, cherry, percent, apple, banana]],
    ['DUE_AT', [percent, cherry, banana, apple, street]],
    ['TITLE', [percent, apple, banana, cherry, street]],
  ])(
    'by %s, ascending unless asked otherwise, with what has no due date last, and titles in any case',
    async (field, expected) => {
      expect(await titles({ orderBy: { field } }, bob)).toEqual(expected);
      expect(await titles({ orderBy: { field, direction: 'ASC' } }, bob)).toEqual(expected);
      expect(await titles({ orderBy: { field, direction: 'DESC' } }, bob)).toEqual(expected.toReversed());
    },
  );

  test.each([
    [{}, [banana, apple, percent, cherry, street]],
    [{ status: null, titleContains: null, dueAfter: null, dueBefore: null }, [banana, apple, percent, cherry, street]],
    [{ status: ['TODO'] }, [banana, cherry]],
    [{ status: 'TODO' }, [banana, cherry]],
    [{ status: ['IN_PROGRESS', 'DONE', 'DONE'] }, [apple, percent, street]],
    [{ status: [] }, []],
    [{ titleContains: '' }, [banana, apple, percent, cherry, street]],
    [{ titleContains: 'AN' }, [banana]],
    [{ titleContains: 'apple' }, [apple]],
    [{ titleContains: '%' }, [percent]],
    [{ titleContains: '0% ' }, [percent]],
    [{ titleContains: '_' }, [cherry]],
    [{ titleContains: '\\' }, [percent]],
    [{ titleContains: '\\o' }, [percent]],
    [{ titleContains: 'a%a' }, []],
    [{ titleContains: 'été' }, [street]],
    [{ titleContains: 'STRASSE' }, [street]],
    [{ titleContains: 'οδος' }, [street]],
    [{ titleContains: '\u{1F600}' }, []],
    [{ dueAfter: '2030-01-01T00:00:00Z' }, [banana, cherry]],
    [{ dueBefore: '2030-01-02T00:00:00.001Z' }, [percent, cherry]],
    [{ dueAfter: '2030-01-01T00:00:00Z', dueBefore: '2030-01-03T00:00:00Z' }, [cherry]],
    [{ dueAfter: '9999-12-31T23:59:59.999Z' }, []],
    [{ dueBefore: '0001-01-01T00:00:00Z' }, []],
    [{ status: ['TODO'], titleContains: 'e', dueBefore: '2031-01-01T00:00:00Z' }, [cherry]],
  ])('the filter %j finds these, counts them, and none of others', async (filter, expected) => {
    expect(await titles({ filter }, bob)).toEqual(expected);
    expect((await list({ filter, first: 1 }, bob)).totalCount).toBe(expected.length);
    const dana = await as('dana');
    expect(await list({ filter }, dana)).toMatchObject({ totalCount: 0, nodes: [] });
  });

  test('what cannot be a filter is refused by its name', async () => {
    expect(await complaint({ filter: { titleContains: 'x'.repeat(201) } })).toEqual({
      'filter.titleContains': 'Must have at most 200 characters.',
    });
    expect(await complaint({ filter: { titleContains: '\0' } })).toEqual({
      'filter.titleContains': expect.any(String),
    });
    expect(await complaint({ filter: { titleContains: '\uD800' } })).toEqual({
      'filter.titleContains': expect.any(String),
    });
    expect(await complaint({ filter: { status: ['LATER'] } })).toEqual({ 'filter.status.0': expect.any(String) });
    expect(await complaint({ filter: { status: [null] } })).toEqual({ 'filter.status.0': expect.any(String) });
    expect(await complaint({ filter: { dueAfter: 'now' } })).toEqual({ 'filter.dueAfter': expect.any(String) });
    expect(await complaint({ filter: { ownerId: bob.id } })).toEqual({ 'filter.ownerId': 'There is no such field.' });
    expect(await complaint({ orderBy: { field: 'OWNER_ID' } })).toEqual({ 'orderBy.field': expect.any(String) });
    expect(await complaint({ orderBy: { direction: 'ASC' } })).toEqual({ 'orderBy.field': 'Is required.' });
  });
});

test('nothing that a user asks of lists tells whether anybody else has tasks', async () => {
  const [eve, frank] = [await as('eve'), await as('frank')];
  const everything = async () => {
    const answers = [];
    for (const field of ['CREATED_AT', 'UPDATED_AT', 'DUE_AT', 'TITLE']) {
      for (const direction of ['ASC', 'DESC']) {
        for (const filter of [
          null,
          { titleContains: 'e' },
          { status: ['TODO'] },
          { dueAfter: '0001-01-01T00:00:00Z' },
        ]) {
          for (const size of [{ first: 1 }, { last: 1 }])
            answers.push(await list({ ...size, filter, orderBy: { field, direction } }, eve));
        }
      }
    }
    return answers;
  };
  await seedTasks(db, eve.id, [
    { title: 'eve 1', dueAt: new Date(5) },
    { title: 'eve 2', dueAt: new Date(6) },
  ]);
  const before = await everything();
  await seedTasks(
    db,
    frank.id,
    Array.from({ length: 50 }, (_, n) => ({ title: `eve ${n}`, dueAt: new Date(n) })),
  );
  expect(await everything()).toEqual(before);
  expect((await eve.ask('{ me { tasks { totalCount } } }')).data.me.tasks.totalCount).toBe(2);
});

test('titles are compared byte by byte on every server, whatever its locale', async () => {
  const [{ collation }] = await db.$queryRaw<[{ collation: string }]>`
    SELECT collation_name AS collation FROM information_schema.columns WHERE table_name = 'Task' AND column_name = 'titleFolded'`;
  expect(collation).toBe('C');
});
