import { expect, test } from 'vitest';
import { allows, lookUpsOf } from '../../src/access/enforcing.ts';
import { type Rule, rules } from '../../src/access/rules.ts';
import { smallBuilder, viewer } from './small.ts';

const vocabulary = {
  ...rules,
  SHARED: {
    requires: 'somebody it is shared with',
    description: 'A user with whom the owner has shared the object.',
    of: 'relation',
  },
} satisfies Record<string, Rule>;

/** A note, of which is asked in advance whether `mutation` would let the viewer in. */
function notes(note: object, mutation = 'rename') {
  const builder = smallBuilder(vocabulary);
  const asks = { mutation, of: 'Note' };
  const Permissions = builder.objectRef<object>('NotePermissions').implement({
    auth: ['PUBLIC'],
    fields: (t) => ({ rename: t.boolean({ extensions: { access: { asks } }, resolve: () => true }) }),
  });
  const Note = builder.objectRef<{ ownerId: string }>('Note').implement({
    auth: ['PUBLIC'],
    fields: (t) => ({ viewerCan: t.field({ type: Permissions, resolve: () => ({}) }) }),
    ...note,
  });
  builder.queryType({
    fields: (t) => ({ note: t.field({ type: Note, auth: ['PUBLIC'], resolve: () => ({}) as never }) }),
  });
  builder.mutationType({
    fields: (t) => ({
      rename: t.boolean({
        auth: ['OWNER', 'SHARED'],
        owner: () => 'ann',
        related: { SHARED: () => false },
        resolve: () => true,
      }),
    }),
  });
  return () => builder.toSchema();
}

const owner = ({ ownerId }: { ownerId: string }) => ownerId;

test('a question that its type cannot answer refuses to build', () => {
  expect(notes({})).toThrow('Note, of which NotePermissions.rename asks for rename, requires OWNER but does not say');
  expect(notes({ owner })).toThrow(
    'Note, of which NotePermissions.rename asks for rename, requires SHARED but does not say of whom it holds.',
  );
  expect(notes({ owner, related: { SHARED: () => true } })).not.toThrow();
});

test('a question about a mutation that there is not refuses to build', () => {
  expect(notes({ owner, related: { SHARED: () => true } }, 'renam')).toThrow('There is no mutation renam');
});

test('what may query is asked only where nothing else lets the viewer in', async () => {
  const access = { rules: vocabulary, identify: (who: object) => who as never };
  const asked: string[] = [];
  const lookUps = (related: boolean) =>
    lookUpsOf(
      {
        owner: () => {
          asked.push('owner');
          return 'ann';
        },
        related: {
          SHARED: async () => {
            asked.push('shared');
            return related;
          },
        },
      },
      {},
      {},
    );
  const rule = ['SHARED', 'OWNER', 'ADMIN'];
  expect(await allows(access, rule, viewer('eve', 'ADMIN'), lookUps(false))).toBe(true);
  expect(asked).toEqual([]);
  expect(await allows(access, rule, viewer('ann'), lookUps(false))).toBe(true);
  expect(asked).toEqual(['owner']);
  expect(await allows(access, rule, viewer('bob'), lookUps(true))).toBe(true);
  expect(await allows(access, rule, viewer('bob'), lookUps(false))).toBe(false);
});
