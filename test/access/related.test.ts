import { expect, test, vi } from 'vitest';
import { type Rule, rules, type Viewer } from '../../src/access/rules.ts';
import { ask, askOnce, sdlOf, smallBuilder, viewer } from './small.ts';

const vocabulary = {
  ...rules,
  SHARED: {
    requires: 'somebody it is shared with',
    description: 'A user with whom the owner has shared the object.',
    of: 'relation',
  },
} satisfies Record<string, Rule>;

const ann = viewer('ann');
const bob = viewer('bob');
const eve = viewer('eve', 'ADMIN');

/** A note of Ann's and a way to read it, both shared with whom this says. */
function notes(isShared: (noteId: string, viewer: Viewer) => boolean | Promise<boolean>) {
  const builder = smallBuilder(vocabulary);
  const Note = builder.objectRef<{ id: string; ownerId: string }>('Note').implement({
    auth: ['OWNER', 'ADMIN', 'SHARED'],
    owner: 'ownerId',
    related: { SHARED: ({ id }, viewer) => isShared(id, viewer) },
    fields: (t) => ({
      text: t.string({ resolve: () => 'buy milk' }),
      forReaders: t.string({ auth: ['SHARED'], nullable: true, resolve: () => 'welcome' }),
    }),
  });
  builder.queryType({
    fields: (t) => ({
      note: t.field({ type: Note, nullable: true, auth: ['PUBLIC'], resolve: () => ({ id: '1', ownerId: 'ann' }) }),
      read: t.string({
        nullable: true,
        auth: ['OWNER', 'SHARED'],
        owner: async () => 'ann',
        related: { SHARED: ({ id }, viewer) => isShared(id, viewer) },
        args: { id: t.arg.string({ required: true }) },
        resolve: () => 'buy milk',
      }),
    }),
  });
  return builder;
}

test.each([
  ['at once', (id: string, { id: who }: Viewer) => id === '1' && who === 'bob'],
  ['in a query', async (id: string, { id: who }: Viewer) => id === '1' && who === 'bob'],
])('who is related to an object, looked up %s, is let in, and nobody else', async (_how, isShared) => {
  const schema = notes(isShared).toSchema();
  const query = '{ note { text forReaders } read(id: "1") other: read(id: "2") }';
  expect(await ask(schema, bob, query)).toEqual({
    data: { note: { text: 'buy milk', forReaders: 'welcome' }, read: 'buy milk', other: null },
    errors: [['other', 'FORBIDDEN']],
  });
  expect((await ask(schema, viewer('cid'), query)).data).toEqual({ note: null, read: null, other: null });
  expect((await ask(schema, 'UNAUTHENTICATED', query)).data).toEqual({ note: null, read: null, other: null });
});

test('the relation is looked up for nobody who is let in without it, nor for somebody anonymous', async () => {
  const isShared = vi.fn(() => false);
  const schema = notes(isShared).toSchema();
  for (const who of [ann, eve, 'UNAUTHENTICATED'] as const) await ask(schema, who, '{ note { text } }');
  expect(isShared).not.toHaveBeenCalled();
  await askOnce(schema, bob, '{ note { text } }');
  expect(isShared).toHaveBeenCalledExactlyOnceWith('1', bob);
});

test('a relation that cannot be looked up refuses as SERVICE_UNAVAILABLE', async () => {
  const schema = notes(async () => Promise.reject(new Error('connection lost'))).toSchema();
  expect((await ask(schema, bob, '{ note { text } }')).errors).toEqual([['note', 'SERVICE_UNAVAILABLE']]);
  expect((await ask(schema, ann, '{ note { text } }')).errors).toEqual([]);
});

test('a rule about a relation needs to be told of whom it holds', () => {
  expect(sdlOf(notes(() => false) as never)).toContain('type Note @auth(anyOf: [OWNER, ADMIN, SHARED])');
  const untold = notes(() => false);
  untold.queryField('untold', (t) => t.string({ auth: ['SHARED'], resolve: () => 'dear' }));
  expect(() => untold.toSchema()).toThrow(
    'Query.untold requires SHARED but does not say of whom it holds. Add related: { SHARED: (…, viewer) => true or false }.',
  );
});
