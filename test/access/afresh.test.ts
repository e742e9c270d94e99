import { type ExecutionResult, parse, subscribe } from 'graphql';
import { expect, test } from 'vitest';
import { ask, type Request, smallBuilder, viewer } from './small.ts';

const ann = viewer('ann');
const bob = viewer('bob');
const eve = viewer('eve', 'ADMIN');

/** One note, which its owner can rename and give away, and a request that can change who speaks. */
function notes() {
  const note = { title: 'old', ownerId: 'ann' };
  const builder = smallBuilder();
  const Note = builder.objectRef<typeof note>('Note').implement({
    auth: ['OWNER', 'ADMIN'],
    owner: 'ownerId',
    fields: (t) => ({ title: t.exposeString('title'), ownerId: t.exposeString('ownerId') }),
  });
  const owned = { auth: ['OWNER', 'ADMIN'], owner: async () => note.ownerId, nullable: true } as const;
  const becoming = (request: Request, next: Request['viewer']) => {
    request.viewer = next;
    return true;
  };
  builder.queryType({ fields: (t) => ({ note: t.field({ type: Note, ...owned, resolve: () => note }) }) });
  builder.mutationType({
    fields: (t) => ({
      rename: t.field({
        ...owned,
        type: Note,
        args: { title: t.arg.string({ required: true }) },
        resolve: (_root, { title }) => Object.assign(note, { title }),
      }),
      give: t.boolean({
        ...owned,
        args: { to: t.arg.string({ required: true }) },
        resolve: (_root, { to }) => {
          note.ownerId = to;
          return true;
        },
      }),
      // Only the type's rule, on an object that was judged before.
      touch: t.field({ type: Note, nullable: true, auth: ['PUBLIC'], resolve: () => note }),
      logout: t.boolean({ auth: ['PUBLIC'], resolve: (_root, _args, request) => becoming(request, 'SESSION_ENDED') }),
      login: t.boolean({
        auth: ['PUBLIC'],
        args: { as: t.arg.string({ required: true }) },
        resolve: (_root, { as }, request) => becoming(request, viewer(as)),
      }),
      demote: t.boolean({
        auth: ['ADMIN'],
        nullable: true,
        resolve: (_root, _args, request) => becoming(request, bob),
      }),
    }),
  });
  return { note, schema: builder.toSchema() };
}

test('after the owner has given it away, the next mutation in the same document is refused', async () => {
  const { note, schema } = notes();
  const query =
    'mutation { a: rename(title: "mine") { title } give(to: "bob") b: rename(title: "still mine") { title } }';
  expect(await ask(schema, ann, query)).toEqual({
    data: { a: { title: 'mine' }, give: true, b: null },
    errors: [['b', 'FORBIDDEN']],
  });
  expect(note).toEqual({ title: 'mine', ownerId: 'bob' });
});

test("an object that was theirs a mutation ago is judged by its type's rule again", async () => {
  expect(await ask(notes().schema, ann, 'mutation { a: touch { title } give(to: "bob") b: touch { title } }')).toEqual({
    data: { a: { title: 'old' }, give: true, b: null },
    errors: [['b', 'FORBIDDEN']],
  });
  const { data } = await ask(notes().schema, ann, 'mutation { a: touch { title } logout b: touch { title } }');
  expect(data).toEqual({ a: { title: 'old' }, logout: true, b: null });
  expect((await ask(notes().schema, ann, 'mutation { a: touch { title } b: touch { title } }')).errors).toEqual([]);
});

test('a mutation that changes whose it is shows nothing that is no longer theirs', async () => {
  const { schema } = notes();
  const query = 'mutation { rename(title: "mine") { ownerId } give(to: "bob") again: give(to: "ann") }';
  const { data, errors } = await ask(schema, ann, query);
  expect(data).toEqual({ rename: { ownerId: 'ann' }, give: true, again: null });
  expect(errors).toEqual([['again', 'FORBIDDEN']]);
});

test('after logout in the same document, nothing that needs a viewer works', async () => {
  const { note, schema } = notes();
  expect(await ask(schema, ann, 'mutation { logout rename(title: "gone") { title } }')).toEqual({
    data: { logout: true, rename: null },
    errors: [['rename', 'SESSION_ENDED']],
  });
  expect(note.title).toBe('old');
});

test('after login in the same document, the later fields speak for the new viewer', async () => {
  const { schema } = notes();
  const query = '{ before: rename(title: "1") { title } login(as: "ann") after: rename(title: "2") { title } }';
  expect(await ask(schema, 'UNAUTHENTICATED', `mutation ${query}`)).toEqual({
    data: { before: null, login: true, after: { title: '2' } },
    errors: [['before', 'UNAUTHENTICATED']],
  });
  const other = '{ before: rename(title: "3") { title } login(as: "bob") after: rename(title: "4") { title } }';
  expect(await ask(schema, ann, `mutation ${other}`)).toEqual({
    data: { before: { title: '3' }, login: true, after: null },
    errors: [['after', 'FORBIDDEN']],
  });
});

test('an admin who is one no more is refused in the same document', async () => {
  const { schema } = notes();
  const query = 'mutation { a: rename(title: "1") { title } x: demote b: rename(title: "2") { title } y: demote }';
  expect(await ask(schema, eve, query)).toEqual({
    data: { a: { title: '1' }, x: true, b: null, y: null },
    errors: [
      ['b', 'FORBIDDEN'],
      ['y', 'FORBIDDEN'],
    ],
  });
});

/** A stream of three events, before the second and third of which the test may change something. */
function streams(between: (request: Request, note: { ownerId: string }) => void) {
  const note = { ownerId: 'ann' };
  const opened: string[] = [];
  const builder = smallBuilder();
  const Change = builder.objectRef<typeof note>('Change').implement({
    auth: ['OWNER'],
    owner: 'ownerId',
    fields: (t) => ({ kind: t.string({ resolve: () => 'UPDATED' }) }),
  });
  async function* events(name: string, request: Request) {
    opened.push(name);
    for (let n = 0; n < 3; n++) {
      if (n > 0) between(request, note);
      yield note;
    }
  }
  builder.queryType({ fields: (t) => ({ ok: t.boolean({ auth: ['PUBLIC'], resolve: () => true }) }) });
  builder.subscriptionType({
    fields: (t) => ({
      forAdmins: t.string({
        auth: ['ADMIN'],
        subscribe: (_root, _args, request) => events('forAdmins', request),
        resolve: () => 'news',
      }),
      changed: t.field({
        type: Change,
        auth: ['AUTHENTICATED'],
        subscribe: (_root, _args, request) => events('changed', request),
        resolve: (change) => change as typeof note,
      }),
    }),
  });
  const schema = builder.toSchema();
  const open = async (who: Request['viewer'], query: string) => {
    const stream = await subscribe({ schema, document: parse(query), contextValue: { viewer: who } });
    if (!(Symbol.asyncIterator in stream)) return codesOf(stream);
    const seen = [];
    for await (const event of stream) seen.push(event.errors ? codesOf(event) : 'event');
    return seen.flat();
  };
  return { open, opened };
}

const codesOf = ({ errors = [] }: ExecutionResult) =>
  errors.map(({ originalError }) => Reflect.get(originalError ?? {}, 'code'));

const ALL = ['event', 'event', 'event'];

test('a stream is refused before it is opened', async () => {
  const { open, opened } = streams(() => {});
  expect(await open(bob, 'subscription { forAdmins }')).toEqual(['FORBIDDEN']);
  expect(await open('UNAUTHENTICATED', 'subscription { changed { kind } }')).toEqual(['UNAUTHENTICATED']);
  expect(opened).toEqual([]);
  expect(await open(eve, 'subscription { forAdmins }')).toEqual(ALL);
  expect(await open(ann, 'subscription { changed { kind } }')).toEqual(ALL);
  expect(opened).toEqual(['forAdmins', 'changed']);
});

test("each event is judged by the field's rule afresh", async () => {
  const demoted = streams((request) => void Object.assign(request, { viewer: viewer('eve') }));
  expect(await demoted.open(eve, 'subscription { forAdmins }')).toEqual(['event', 'FORBIDDEN', 'FORBIDDEN']);
  const loggedOut = streams((request) => void Object.assign(request, { viewer: 'SESSION_ENDED' }));
  expect(await loggedOut.open(eve, 'subscription { forAdmins }')).toEqual(['event', 'SESSION_ENDED', 'SESSION_ENDED']);
});

test("each event is judged by the type's rule afresh, and none of another owner comes through", async () => {
  const given = streams((_request, note) => void Object.assign(note, { ownerId: 'bob' }));
  expect(await given.open(ann, 'subscription { changed { kind } }')).toEqual(['event', 'FORBIDDEN', 'FORBIDDEN']);
  expect(await streams(() => {}).open(bob, 'subscription { changed { kind } }')).toEqual(Array(3).fill('FORBIDDEN'));
});
