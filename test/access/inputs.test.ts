import { expect, test } from 'vitest';
import { ask, sdlOf, smallBuilder, viewer } from './small.ts';

const ann = viewer('ann');
const eve = viewer('eve', 'ADMIN');

/** A mutation with an argument and an input field that admins alone may set. */
function notes(settings: { arg?: object; field?: object; id?: object } = {}) {
  const builder = smallBuilder();
  const Input = builder.inputType('NoteInput', {
    fields: (t) => ({
      text: t.string(),
      pinned: t.boolean({ auth: ['ADMIN'], description: 'On top.', ...settings.field }),
      ...(settings.id && { about: t.id(settings.id) }),
    }),
  });
  builder.queryType({ fields: (t) => ({ ok: t.boolean({ auth: ['PUBLIC'], resolve: () => true }) }) });
  builder.mutationType({
    fields: (t) => ({
      write: t.string({
        nullable: true,
        auth: ['PUBLIC'],
        args: {
          input: t.arg({ type: [Input] }),
          silently: t.arg.boolean({ auth: ['ADMIN'], defaultValue: false, ...settings.arg }),
        },
        resolve: (_root, args) => JSON.stringify(args),
      }),
    }),
  });
  return builder;
}

const write = (args: string) => `mutation { write(${args}) }`;
const SET = [
  ['an argument', 'silently: true', 'Mutation.write(silently)'],
  ['an argument to null', 'silently: null', 'Mutation.write(silently)'],
  ['an input field', 'input: { pinned: true }', 'NoteInput.pinned'],
  ['an input field to null', 'input: [{ text: "x" }, { pinned: null }]', 'NoteInput.pinned'],
] as const;

test.each(SET)('who may set %s is judged before anything is done', async (_what, args) => {
  const schema = notes().toSchema();
  expect(await ask(schema, ann, write(args))).toEqual({ data: { write: null }, errors: [['write', 'FORBIDDEN']] });
  expect(await ask(schema, 'TOKEN_EXPIRED', write(args))).toEqual({
    data: { write: null },
    errors: [['write', 'TOKEN_EXPIRED']],
  });
  expect((await ask(schema, eve, write(args))).errors).toEqual([]);
});

test('what is left out is set by nobody, and neither is a default', async () => {
  const schema = notes().toSchema();
  for (const args of ['input: { text: "x" }', 'input: []', 'input: null', 'silently: false']) {
    expect((await ask(schema, ann, write(args))).errors, args).toEqual([]);
  }
  expect((await ask(schema, ann, 'mutation { write }')).errors).toEqual([]);
});

test('it is shown: by the directive and in words', () => {
  const sdl = sdlOf(notes());
  expect(sdl).toContain('on ARGUMENT_DEFINITION | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT');
  expect(sdl).toMatch(
    /"""\n {2}On top\.\n {2}Requires: admin\.\n {2}"""\n {2}pinned: Boolean @auth\(anyOf: \[ADMIN\]\)/,
  );
  expect(sdl).toMatch(/silently: Boolean = false @auth\(anyOf: \[ADMIN\]\)/);
});

test.each([
  [
    'a rule about an object',
    { field: { auth: ['OWNER'] } },
    'NoteInput.pinned requires OWNER, which is about an object.',
  ],
  [
    'an unknown rule',
    { arg: { auth: ['EDITOR'] } },
    'Mutation.write(silently) names an access rule that does not exist',
  ],
  ['an empty rule', { field: { auth: [] } }, 'NoteInput.pinned has no access rule.'],
  ['an ID of nobody knows what', { id: {} }, 'NoteInput.about is an ID and does not say of what. Add refersTo'],
  ['a reference that is no ID', { field: { refersTo: 'Note' } }, 'NoteInput.pinned says refersTo and is no ID.'],
])('%s refuses to build', (_what, settings, complaint) => {
  expect(() => notes(settings).toSchema()).toThrow(complaint);
});
