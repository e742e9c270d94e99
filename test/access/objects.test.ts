import { expect, test } from 'vitest';
import { ask, smallBuilder, viewer } from './small.ts';

const ann = viewer('ann');
const bob = viewer('bob');
const eve = viewer('eve', 'ADMIN');

/** Resolvers that forgot to ask whose it is: they hand anybody's note to anybody. */
const schema = (() => {
  const builder = smallBuilder();
  const Titled = builder.interfaceRef<Note>('Titled').implement({
    fields: (t) => ({ title: t.exposeString('title') }),
    resolveType: () => 'Note',
  });
  const Note = builder.objectRef<Note>('Note').implement({
    auth: ['OWNER', 'ADMIN'],
    owner: 'ownerId',
    interfaces: [Titled],
    fields: (t) => ({
      text: t.exposeString('text'),
      secret: t.string({ auth: ['OWNER'], nullable: true, resolve: () => 'for the owner only' }),
    }),
  });
  const Page = builder.objectRef<Note[]>('Page').implement({
    auth: ['PUBLIC'],
    fields: (t) => ({
      notes: t.field({ type: [Note], nullable: { list: false, items: true }, resolve: (notes) => notes }),
      forMembers: t.string({ auth: ['AUTHENTICATED'], nullable: true, resolve: () => 'welcome' }),
    }),
  });
  const Found = builder.unionType('Found', { types: [Note, Page], resolveType: (it) => ('title' in it ? Note : Page) });
  const args = { nullable: true, auth: ['PUBLIC'], resolve: () => notes[0] as never } as const;
  builder.queryType({
    fields: (t) => ({
      note: t.field({ ...args, type: Note }),
      titled: t.field({ ...args, type: Titled }),
      found: t.field({ ...args, type: Found }),
      later: t.field({ ...args, type: Note, resolve: async () => notes[0] as never }),
      page: t.field({ type: Page, auth: ['PUBLIC'], resolve: () => notes }),
    }),
  });
  return builder.toSchema();
})();

const notes: Note[] = [
  { title: "Ann's", text: 'buy milk', ownerId: 'ann' },
  { title: "Bob's", text: 'sell milk', ownerId: 'bob' },
];

const PATHS = [
  ['a field', 'note', '{ note { title text } }'],
  ['a promise', 'later', '{ later { title text } }'],
  ['an interface', 'titled', '{ titled { title ... on Note { text } } }'],
  ["an interface's own field", 'titled', '{ titled { title } }'],
  ['a union', 'found', '{ found { ... on Note { title text } } }'],
  ['a union by its interface', 'found', '{ found { ... on Titled { title } } }'],
  ['nothing but its type name', 'note', '{ note { __typename } }'],
  ['nothing but its type name in a union', 'found', '{ found { __typename } }'],
  ['nothing but its type name in an interface', 'titled', '{ titled { __typename } }'],
] as const;

test.each(PATHS)(
  'an object that an unscoped resolver hands out through %s is kept from strangers',
  async (_by, field, query) => {
    expect(await ask(schema, bob, query)).toEqual({ data: { [field]: null }, errors: [[field, 'FORBIDDEN']] });
    expect(await ask(schema, 'UNAUTHENTICATED', query)).toEqual({
      data: { [field]: null },
      errors: [[field, 'UNAUTHENTICATED']],
    });
  },
);

test.each(PATHS)(
  'an object that is reached through %s is shown to its owner and to admins',
  async (_by, field, query) => {
    for (const who of [ann, eve]) {
      const { data, errors } = await ask(schema, who, query);
      expect(errors).toEqual([]);
      expect(data[field]).not.toBeNull();
    }
  },
);

test('of a list, everybody sees what is theirs', async () => {
  const { data, errors } = await ask(schema, bob, '{ page { notes { title } } }');
  expect(data.page.notes).toEqual([null, { title: "Bob's" }]);
  expect(errors).toEqual([['page.notes.0', 'FORBIDDEN']]);
  expect((await ask(schema, eve, '{ page { notes { title } } }')).data.page.notes).toHaveLength(2);
});

test("a field's rule tightens its type's: whom the type lets in, the field may still refuse", async () => {
  expect(await ask(schema, eve, '{ note { text secret } }')).toEqual({
    data: { note: { text: 'buy milk', secret: null } },
    errors: [['note.secret', 'FORBIDDEN']],
  });
  expect((await ask(schema, ann, '{ note { secret } }')).data.note.secret).toBe('for the owner only');
  expect(await ask(schema, 'TOKEN_EXPIRED', '{ page { forMembers } }')).toEqual({
    data: { page: { forMembers: null } },
    errors: [['page.forMembers', 'TOKEN_EXPIRED']],
  });
  expect((await ask(schema, bob, '{ page { forMembers } }')).data.page.forMembers).toBe('welcome');
});

test('an object without an owner belongs to nobody', async () => {
  const builder = smallBuilder();
  const Orphan = builder.objectRef<{ ownerId?: string | null }>('Orphan').implement({
    auth: ['OWNER'],
    owner: 'ownerId',
    fields: (t) => ({ name: t.string({ resolve: () => 'nobody' }) }),
  });
  builder.queryType({
    fields: (t) => ({
      orphans: t.field({
        type: [Orphan],
        nullable: { list: false, items: true },
        auth: ['PUBLIC'],
        resolve: () => [{}, { ownerId: null }, { ownerId: undefined as never }, { ownerId: '' }],
      }),
    }),
  });
  const orphans = builder.toSchema();
  for (const who of [ann, eve, viewer('null'), viewer('undefined')]) {
    const { data } = await ask(orphans, who, '{ orphans { name } }');
    expect(data.orphans).toEqual([null, null, null, null]);
  }
});

interface Note {
  title: string;
  text: string;
  ownerId: string;
}
