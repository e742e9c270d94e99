import { expect, test } from 'vitest';
import { type Rule, rules } from '../../src/access/rules.ts';
import { ask, sdlOf, smallBuilder, viewer } from './small.ts';

/** The one place that a fifth rule touches. */
const vocabulary = {
  ...rules,
  EDITOR: {
    requires: 'editor',
    description: 'Whoever edits the paper.',
    who: (viewer) => viewer !== null && EDITORS.has(viewer.id),
  },
} satisfies Record<string, Rule>;

const EDITORS = new Set(['ed']);

const builder = smallBuilder(vocabulary);
const Draft = builder.objectRef<{ authorId: string }>('Draft').implement({
  description: 'Not printed yet.\n\nNor sold.',
  auth: ['EDITOR', 'OWNER'],
  owner: (draft) => draft.authorId,
  fields: (t) => ({
    text: t.string({ resolve: () => 'extra, extra' }),
    notes: t.string({ auth: ['EDITOR'], nullable: true, resolve: () => 'shorten it' }),
  }),
});
builder.queryType({
  fields: (t) => ({
    draft: t.field({ type: Draft, nullable: true, auth: ['PUBLIC'], resolve: () => ({ authorId: 'ann' }) }),
    desk: t.string({ auth: ['EDITOR', 'ADMIN'], nullable: true, resolve: () => 'full' }),
  }),
});
const schema = builder.toSchema();

test('a fifth rule is enforced on root fields, types and fields', async () => {
  const all = '{ desk draft { text notes } }';
  expect(await ask(schema, viewer('ed'), all)).toEqual({
    data: { desk: 'full', draft: { text: 'extra, extra', notes: 'shorten it' } },
    errors: [],
  });
  expect(await ask(schema, viewer('ann'), all)).toEqual({
    data: { desk: null, draft: { text: 'extra, extra', notes: null } },
    errors: [
      ['desk', 'FORBIDDEN'],
      ['draft.notes', 'FORBIDDEN'],
    ],
  });
  expect(await ask(schema, viewer('eve', 'ADMIN'), all)).toEqual({
    data: { desk: 'full', draft: null },
    errors: [['draft', 'FORBIDDEN']],
  });
  expect(await ask(schema, 'UNAUTHENTICATED', all)).toEqual({
    data: { desk: null, draft: null },
    errors: [
      ['desk', 'UNAUTHENTICATED'],
      ['draft', 'UNAUTHENTICATED'],
    ],
  });
});

test('a fifth rule is in the enum, the directive and the documentation', () => {
  const sdl = sdlOf(builder);
  expect(sdl).toContain('"""Whoever edits the paper."""\n  EDITOR');
  expect(sdl).toContain('type Draft @auth(anyOf: [OWNER, EDITOR])');
  expect(sdl).toContain('"""\nNot printed yet.\nRequires: owner or editor.\n\nNor sold.\n"""\ntype Draft');
  expect(sdl).toContain('"""Requires: editor."""\n  notes: String @auth(anyOf: [EDITOR])');
  expect(sdl).toContain('"""Requires: admin or editor."""\n  desk: String @auth(anyOf: [ADMIN, EDITOR])');
});

test('without its one place, everything that names the rule refuses to build', () => {
  const { EDITOR: _, ...four } = vocabulary;
  const older = smallBuilder<string>(four);
  older.queryType({ fields: (t) => ({ desk: t.string({ auth: ['EDITOR'], resolve: () => 'full' }) }) });
  expect(() => older.toSchema()).toThrow('Query.desk names an access rule that does not exist: EDITOR.');
});

test('a rule about the owner needs to be told whose the object is, whatever its name', async () => {
  const friends = smallBuilder({
    FRIEND: {
      requires: 'a friend of the owner',
      description: 'Whoever the owner knows.',
      of: 'owner',
      judge: async (viewer, { ownerId }) => `${await ownerId()}'s friend` === viewer?.id,
    },
  });
  friends.queryType({
    fields: (t) => ({
      diary: t.string({ auth: ['FRIEND'], owner: () => 'ann', nullable: true, resolve: () => 'dear' }),
    }),
  });
  const diary = friends.toSchema();
  expect((await ask(diary, viewer("ann's friend"), '{ diary }')).data).toEqual({ diary: 'dear' });
  expect((await ask(diary, viewer("bob's friend"), '{ diary }')).errors).toEqual([['diary', 'FORBIDDEN']]);

  friends.queryField('untold', (t) => t.string({ auth: ['FRIEND'], resolve: () => 'dear' }));
  expect(() => friends.toSchema()).toThrow('Query.untold requires FRIEND but does not say whose it is.');
});
