import { expect, test, vi } from 'vitest';
import type { OwnerId } from '../../src/access/rules.ts';
import { AppError } from '../../src/errors.ts';
import { ask, askOnce, smallBuilder, viewer } from './small.ts';

const ann = viewer('ann');
const bob = viewer('bob');
const eve = viewer('eve', 'ADMIN');

/** A schema with one field, whose owner is looked up by this. */
function schemaOver(ownerOf: (id: string) => OwnerId | Promise<OwnerId>) {
  const builder = smallBuilder();
  builder.queryType({
    fields: (t) => ({
      note: t.string({
        nullable: true,
        auth: ['OWNER', 'ADMIN'],
        owner: ({ id }) => ownerOf(id),
        args: { id: t.arg.string({ required: true }) },
        resolve: () => 'buy milk',
      }),
    }),
  });
  return builder.toSchema();
}

const NOTE = '{ note(id: "1") }';
const answered = { data: { note: 'buy milk' }, errors: [] };
const refused = (code: string) => ({ data: { note: null }, errors: [['note', code]] });

test.each([
  ['at once', (owner: OwnerId) => () => owner],
  ['in a query', (owner: OwnerId) => async () => owner],
])('what is found %s belongs to its owner and to nobody else', async (_how, lookUp) => {
  expect(await ask(schemaOver(lookUp('ann')), ann, NOTE)).toEqual(answered);
  expect(await ask(schemaOver(lookUp('ann')), bob, NOTE)).toEqual(refused('FORBIDDEN'));
  expect(await ask(schemaOver(lookUp(null)), ann, NOTE)).toEqual(refused('FORBIDDEN'));
});

test('the owner is looked up for somebody who may be it, and for nobody else', async () => {
  const ownerOf = vi.fn(async () => 'ann');
  const schema = schemaOver(ownerOf);
  expect(await ask(schema, 'UNAUTHENTICATED', NOTE)).toEqual(refused('UNAUTHENTICATED'));
  expect(await ask(schema, 'SESSION_ENDED', NOTE)).toEqual(refused('SESSION_ENDED'));
  expect(await ask(schema, eve, NOTE)).toEqual(answered);
  expect(ownerOf).not.toHaveBeenCalled();

  await askOnce(schema, bob, NOTE);
  expect(ownerOf).toHaveBeenCalledExactlyOnceWith('1');
});

const FAILURES = [
  [
    'at once',
    () => {
      throw new Error('connection lost');
    },
  ],
  [
    'later',
    async () => {
      throw new Error('connection lost');
    },
  ],
] as const;

test.each(FAILURES)('a look-up that fails %s refuses as SERVICE_UNAVAILABLE, whoever asks', async (_when, fails) => {
  expect(await ask(schemaOver(fails), ann, NOTE)).toEqual(refused('SERVICE_UNAVAILABLE'));
  expect(await ask(schemaOver(fails), bob, NOTE)).toEqual(refused('SERVICE_UNAVAILABLE'));
});

test.each(FAILURES)('a look-up that fails %s does not concern whoever is let in without it', async (_when, fails) => {
  expect(await ask(schemaOver(fails), eve, NOTE)).toEqual(answered);
  expect(await ask(schemaOver(fails), 'UNAUTHENTICATED', NOTE)).toEqual(refused('UNAUTHENTICATED'));
});

test('a look-up that says itself why it refuses is heard', async () => {
  const schema = schemaOver(async () => {
    throw new AppError('NOT_FOUND', 'there is none');
  });
  expect(await ask(schema, ann, NOTE)).toEqual(refused('NOT_FOUND'));
});

test.each(FAILURES)(
  'a rule of any name that fails %s refuses as SERVICE_UNAVAILABLE, on types too',
  async (_when, fails) => {
    const builder = smallBuilder({ EDITOR: { requires: 'editor', description: 'An editor.', judge: fails } });
    const Note = builder.objectRef<object>('Note').implement({
      auth: ['EDITOR'],
      fields: (t) => ({ text: t.string({ resolve: () => 'buy milk' }) }),
    });
    const Page = builder.objectRef<object>('Page').implement({
      auth: ['EDITOR'],
      fields: (t) => ({ note: t.field({ type: Note, nullable: true, resolve: () => ({}) }) }),
    });
    builder.queryType({
      fields: (t) => ({ page: t.field({ type: Page, nullable: true, auth: ['EDITOR'], resolve: () => ({}) }) }),
    });
    expect(await ask(builder.toSchema(), ann, '{ page { note { text } } }')).toEqual({
      data: { page: null },
      errors: [['page', 'SERVICE_UNAVAILABLE']],
    });
  },
);

test("a type's owner that cannot be told refuses as SERVICE_UNAVAILABLE", async () => {
  const builder = smallBuilder();
  const Note = builder.objectRef<{ owner: { id: string } }>('Note').implement({
    auth: ['OWNER'],
    owner: (note) => note.owner.id,
    fields: (t) => ({ text: t.string({ resolve: () => 'buy milk' }) }),
  });
  builder.queryType({
    fields: (t) => ({ note: t.field({ type: Note, nullable: true, auth: ['PUBLIC'], resolve: () => ({}) as never }) }),
  });
  expect(await ask(builder.toSchema(), ann, '{ note { text } }')).toEqual(refused('SERVICE_UNAVAILABLE'));
});

test('deny names the code for a viewer whom the rule does not let in, and for nobody else', async () => {
  const builder = smallBuilder();
  builder.queryType({
    fields: (t) => ({
      note: t.string({ nullable: true, auth: ['ADMIN'], deny: 'NOT_FOUND', resolve: () => 'buy milk' }),
    }),
  });
  const schema = builder.toSchema();
  expect(await ask(schema, bob, '{ note }')).toEqual(refused('NOT_FOUND'));
  expect(await ask(schema, 'INVALID_TOKEN', '{ note }')).toEqual(refused('INVALID_TOKEN'));
  expect(await ask(schema, eve, '{ note }')).toEqual(answered);
});
