import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { scopeAuthOptions } from '../../src/access/enforcing.ts';
import { reachBy, relationOf } from '../../src/access/reach.ts';
import { asksFor, holds, type Rule, rules, type Viewer } from '../../src/access/rules.ts';
import type { User } from '../../src/db/generated/client.ts';
import { lookUp } from '../../src/graphql/look-ups.ts';
import { userPage } from '../../src/users/users.ts';
import { startApp } from '../kit/app.ts';
import { statementsOf } from '../kit/statements.ts';
import { isThorough, quickSampleOf } from '../kit/thorough.ts';
import { ask, askOnce, type Request, smallBuilder, viewer } from './small.ts';

/** Each kind of rule; whoever has a session is related to the account, which is theirs. */
const vocabulary: Record<string, Rule> = {
  ...Object.fromEntries(Object.entries(rules).filter(([, rule]) => asksFor(rule) !== 'relation')),
  EVEN: {
    requires: 'an even id',
    description: 'By the viewer.',
    who: (viewer) => /[02468ace]$/.test(viewer?.id ?? ''),
  },
  SIGNED_IN: { requires: 'a session', description: 'By a relation.', of: 'relation' },
};
const NAMES = Object.keys(vocabulary).filter((name) => name !== 'PUBLIC');
const DECLARED = { owner: 'id', related: { SIGNED_IN: 'sessions.userId' } } as const;

const { db } = await startApp();
const signedIn = new Set<string>();
let users: User[] = [];
beforeAll(async () => {
  const now = new Date();
  users = await db.user.createManyAndReturn({
    data: Array.from({ length: 230 }, (_, n) => ({ email: `u${n}@example.com`, createdAt: new Date(n % 50) })),
  });
  for (const { id } of users.filter((_, n) => n % 3 === 0)) {
    signedIn.add(id);
    const times = { createdAt: now, lastUsedAt: now, idleExpiresAt: now, absoluteExpiresAt: now };
    await db.session.create({ data: { userId: id, authenticatedAt: new Date(), ...times } });
  }
});

/** Every subset of the vocabulary, for everybody and nobody. */
const RULES = Array.from({ length: 2 ** NAMES.length }, (_, bits) => NAMES.filter((_, n) => bits & (2 ** n))).slice(1);
const PEOPLE = isThorough ? 15 : 2;

test('who is let in by judging is who is found: by SQL, by Prisma, on all pages, and in the count', async () => {
  let cases = 0;
  const some = Array.from({ length: PEOPLE }, (_, n) => users[(n * 37) % users.length]?.id ?? '');
  const viewers = [null, viewer(randomUUID(), 'ADMIN'), ...some.map((id) => viewer(id)), viewer(randomUUID())];
  for (const rule of [['PUBLIC'], ...quickSampleOf(RULES)]) {
    for (const who of viewers) {
      const judged = users.filter((user) => rule.some((name) => isLetIn(name, user, who))).map(({ id }) => id);
      const reach = reachBy('User', rule, DECLARED, vocabulary, who);
      const what = `${rule.join(' or ')} for ${who?.id}`;
      const bySql = await db.$queryRaw<{ id: string }[]>`SELECT id FROM "User" WHERE ${reach.sql}`;
      expect(new Set(bySql.map(({ id }) => id)), what).toEqual(new Set(judged));
      const byPrisma = await db.user.findMany({ where: reach.where, select: { id: true } });
      expect(new Set(byPrisma.map(({ id }) => id)), what).toEqual(new Set(judged));
      const seen: string[] = [];
      for (let after: string | null = null; ; ) {
        const page: Awaited<ReturnType<typeof userPage>> = await userPage(db, reach, { first: 100, after });
        seen.push(...page.edges.map(({ node }) => node.id));
        if (!page.pageInfo.hasNextPage) {
          expect(await page.totalCount(), what).toBe(judged.length);
          break;
        }
        after = page.pageInfo.endCursor();
      }
      expect(seen.toSorted(), what).toEqual(judged.toSorted());
      cases += users.length;
    }
  }
  expect(cases).toBeGreaterThan(isThorough ? 100_000 : 10_000);
}, 120_000);

const isLetIn = (name: string, { id }: User, who: Viewer | null) =>
  holds(vocabulary[name] as Rule, who, {
    ownerId: () => id,
    isRelated: (viewer) => viewer.id === id && signedIn.has(id),
  });

test('who is related to a row that is named, or to one of a list, is let in, by one look-up for all', async () => {
  const access = { rules: vocabulary, lookUp, identify: ({ viewer }: Request) => viewer } as never;
  const builder = smallBuilder(vocabulary, { access, scopeAuth: scopeAuthOptions(access) });
  const Account = builder.objectRef<User>('User').implement({
    auth: ['PUBLIC'],
    ...DECLARED,
    fields: (t) => ({ email: t.exposeString('email', { nullable: true, auth: ['SIGNED_IN'] }) }),
  });
  const userId = (t: { arg: { id(options: object): never } }) => t.arg.id({ required: true, refersTo: 'User' });
  builder.queryType({
    fields: (t) => ({
      named: t.boolean({
        auth: ['SIGNED_IN'],
        nullable: true,
        args: { id: userId(t as never) },
        resolve: () => true,
      }),
      all: t.field({ type: [Account], auth: ['PUBLIC'], resolve: () => users.slice(0, 6) }),
    }),
  });
  const asked = async (who: Viewer, id: string) => {
    const query = `{ named(id: "${id}") all { email } }`;
    let answer: Awaited<ReturnType<typeof ask>> | undefined;
    const statements = await statementsOf(async () => {
      answer = await askOnce(builder.toSchema(), who, query, { db });
    });
    return { ...answer, statements: statements.length };
  };
  const [ann, bob] = [users[3], users[4]];
  if (!ann || !bob) throw new Error('There is nobody.');
  const hidden = [0, 1, 2, 4, 5].map((n) => [`all.${n}.email`, 'FORBIDDEN']);
  const emails = users.slice(0, 6).map(({ id, email }) => ({ email: id === ann.id ? email : null }));
  expect(await asked(viewer(ann.id), ann.id)).toEqual({
    data: { named: true, all: emails },
    errors: hidden,
    statements: 1,
  });
  for (const id of [ann.id, bob.id, 'nobody']) {
    const { data, errors } = await asked(viewer(bob.id), id);
    expect(data?.named, id).toBe(null);
    expect(errors, id).toContainEqual(['named', 'FORBIDDEN']);
  }
});

test('nobody is related to anything where there is nobody to look it up', async () => {
  const builder = smallBuilder(vocabulary);
  const Account = builder.objectRef<{ id: string }>('User').implement({
    auth: ['SIGNED_IN'],
    ...DECLARED,
    fields: (t) => ({ id: t.exposeID('id') }),
  });
  builder.queryType({
    fields: (t) => ({
      me: t.field({ type: Account, nullable: true, auth: ['PUBLIC'], resolve: () => ({ id: 'ann' }) }),
    }),
  });
  const { data, errors } = await ask(builder.toSchema(), viewer('ann'), '{ me { id } }');
  expect({ data, errors }).toEqual({ data: { me: null }, errors: [['me', 'SERVICE_UNAVAILABLE']] });
});

test('a relation that there is not, or that has no such column, is no relation', () => {
  expect(relationOf('User', 'sessions.userId')).toEqual({
    name: 'sessions',
    table: 'Session',
    key: 'userId',
    column: 'userId',
  });
  for (const path of ['sessions', 'sessions.ownerId', 'friends.userId', 'email.userId', '']) {
    expect(() => relationOf('User', path)).toThrow(`${path} is no relation of User with a column of users' ids.`);
  }
});

test('a rule that SQL cannot say may not stand on a type that is listed, and may on another', () => {
  const listed = (rule: Rule, note: object) => {
    const builder = smallBuilder({ ...rules, SPECIAL: rule });
    const Note = builder.objectRef<{ ownerId: string }>('Note').implement({
      auth: ['SPECIAL'],
      fields: (t) => ({ text: t.string({ resolve: () => '' }) }),
      ...note,
    });
    const Page = builder.objectRef<object>('Page').implement({
      auth: ['PUBLIC'],
      fields: (t) => ({ one: t.field({ type: Note, resolve: () => ({}) as never }) }),
    });
    builder.queryType({ fields: (t) => ({ page: t.field({ type: Page, auth: ['PUBLIC'], resolve: () => ({}) }) }) });
    return {
      alone: () => builder.toSchema(),
      inList: () => {
        builder.objectField(Page, 'all', (t) => t.field({ type: [Note], resolve: () => [] }));
        return builder.toSchema();
      },
    };
  };
  const words = { requires: 'something', description: 'Special.' };
  const judging = listed({ ...words, judge: async () => true }, {});
  expect(judging.alone).not.toThrow();
  expect(judging.inList).toThrow('Page.all lists Note, whose rule SPECIAL judges by itself: a list is filtered by SQL');
  const asking = listed({ ...words, of: 'owner' }, { owner: ({ ownerId }: { ownerId: string }) => ownerId });
  expect(asking.alone).not.toThrow();
  expect(asking.inList).toThrow('Page.all lists Note, whose rule SPECIAL asks a function of Note');
  expect(listed({ ...words, of: 'owner' }, { owner: 'ownerId' }).inList).not.toThrow();
  expect(listed({ ...words, who: () => true }, {}).inList).not.toThrow();
});
